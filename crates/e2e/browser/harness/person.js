import {
  ConsoleLogger,
  DefaultActiveSpeakerPolicy,
  DefaultDeviceController,
  DefaultMeetingSession,
  LogLevel,
  MeetingSessionStatusCode,
  TargetDisplaySize,
  VideoPreference,
  VideoPreferences,
} from 'amazon-chime-sdk-js';

import { see } from './eyes.js';
import { earsAt } from './hearing.js';
import { knowOnly } from './limits.js';
import { Slides } from './slides.js';
import { codecNamed, configurationFor, profileNamed } from './wishes.js';

/** What Chromium would do to a voice it would also do to a test tone: take it for noise and remove it. */
const RAW_MICROPHONE = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** One person in one page: the unmodified client, and what it was told and gave to hear and see. */
export class Person {
  #audio = Object.assign(new Audio(), { muted: true });
  #ears = earsAt(this.#audio);
  #session = null;
  #phase = 'outside';
  #status = null;
  #startedAt = null;
  #reconnects = 0;
  #roster = new Map();
  #tiles = new Map();
  #said = [];
  #transcript = [];
  #senders = [];
  #shares = [];
  #slides = null;
  #policy;
  #held = [];
  #refusals = 0;
  #speakers = [];
  #canStartVideo = null;
  #departures = [];

  /** Prepares ears before there is anything to hear. */
  async wake() {
    return this.#ears.ready();
  }

  /** Makes this person's browser one that knows a single codec for pictures. */
  knowOnly(mimeType) {
    knowOnly(mimeType);
  }

  /**
   * Begins to join with what the API returned; `state()` tells how it went.
   * @param {object} meeting
   * @param {object} attendee
   * @param {import('./wishes.js').Wishes} wishes
   */
  async join(meeting, attendee, wishes = {}) {
    this.prepare(meeting, attendee, wishes);
    const { microphone = true, profile, codec } = wishes;
    if (profile) this.#av.setAudioProfile(profileNamed(profile));
    if (codec) this.#av.setVideoCodecSendPreferences([codecNamed(codec)]);
    await this.#av.bindAudioElement(this.#audio);
    if (microphone) await this.#av.startAudioInput(RAW_MICROPHONE);
    this.#phase = 'connecting';
    this.#av.start();
  }

  /** Opens the signaling socket ahead of time, as an application does behind a page that asks for a name. */
  connectAhead(meeting, attendee) {
    this.prepare(meeting, attendee);
    this.#av.start({ signalingOnly: true });
  }

  /** Joins with what was made ready. */
  async start() {
    await this.#av.bindAudioElement(this.#audio);
    await this.#av.startAudioInput(RAW_MICROPHONE);
    this.#av.start();
  }

  /** Makes the client ready to join or to share, and goes nowhere. */
  prepare(meeting, attendee, wishes = {}) {
    const logger = new ConsoleLogger('client', LogLevel.INFO);
    const configuration = configurationFor(meeting, attendee, wishes, logger);
    this.#policy = configuration.videoDownlinkBandwidthPolicy;
    this.#session = new DefaultMeetingSession(configuration, logger, new DefaultDeviceController(logger));
    const av = this.#av;
    av.addObserver(this.#observer());
    av.realtimeSubscribeToAttendeeIdPresence((id, present, name) => this.#presence(id, present, name));
    av.addContentShareObserver({
      contentShareDidStart: () => this.#shares.push('started'),
      contentShareDidStop: () => this.#shares.push('stopped'),
      contentShareDidPause: () => this.#shares.push('paused'),
      contentShareDidUnpause: () => this.#shares.push('unpaused'),
    });
    av.realtimeSubscribeToReceiveDataMessage('test', (message) => {
      this.#senders.push(message.senderAttendeeId);
      this.#said.push({ text: message.text(), from: message.senderExternalUserId, throttled: message.throttled });
    });
    av.transcriptionController?.subscribeToTranscriptEvent((event) => this.#transcript.push(written(event)));
    av.subscribeToActiveSpeakerDetector(new DefaultActiveSpeakerPolicy(), (ids) => (this.#speakers = ids));
    this.#policy?.addObserver?.({
      tileWillBePausedByDownlinkPolicy: (id) => this.#hold('paused', id),
      tileWillBeUnpausedByDownlinkPolicy: (id) => this.#hold('unpaused', id),
    });
  }

  mute() {
    this.#av.realtimeMuteLocalAudio();
  }

  unmute() {
    return this.#av.realtimeUnmuteLocalAudio();
  }

  async startVideo({ width, height }) {
    this.#av.chooseVideoInputQuality(width, height, 15);
    await this.#av.startVideoInput({ width, height, frameRate: 15 });
    return this.#av.startLocalVideoTile();
  }

  async stopVideo() {
    this.#av.stopLocalVideoTile();
    await this.#av.stopVideoInput();
  }

  leave() {
    this.#av.stop();
  }

  /**
   * Shares a picture of one colour, and a tone where one is wished.
   * @param {{colour: string, tone?: number, simulcast?: boolean, svc?: boolean, codec?: string}} look
   */
  async share({ simulcast = false, svc = false, codec, ...look }) {
    this.#slides?.stop();
    this.#slides = new Slides(look);
    this.#av.enableSimulcastForContentShare(simulcast);
    this.#av.enableSVCForContentShare(svc);
    if (codec) this.#av.setContentShareVideoCodecPreferences([codecNamed(codec)]);
    await this.#av.startContentShare(this.#slides.stream);
  }

  stopSharing() {
    this.#av.stopContentShare();
    this.#slides.stop();
  }

  pauseSharing() {
    this.#av.pauseContentShare();
  }

  unpauseSharing() {
    this.#av.unpauseContentShare();
  }

  /**
   * Says whose pictures matter how much and how large they are wanted; others are not wanted at all.
   * @param {{attendee: string, priority: number, size?: keyof TargetDisplaySize}[]} wanted
   */
  prefer(wanted) {
    const preferences = VideoPreferences.prepare();
    for (const { attendee, priority, size = 'Maximum' } of wanted) {
      preferences.add(new VideoPreference(attendee, priority, TargetDisplaySize[size]));
    }
    this.#policy.chooseRemoteVideoSources(preferences.build());
  }

  /** Stops one attendee's picture from coming, as an application does whose page has scrolled. */
  pause(attendee) {
    this.#av.pauseVideoTile(this.#tileOf(attendee));
  }

  unpause(attendee) {
    this.#av.unpauseVideoTile(this.#tileOf(attendee));
  }

  setVideoMaxBandwidth(kbps) {
    this.#av.setVideoMaxBandwidthKbps(kbps);
  }

  /** The client's answer to the wish to speak in a meeting of which this one is a replica. */
  async promote(meeting, attendee) {
    const { credentials } = configurationFor(meeting, attendee, {});
    const status = await this.#av.promoteToPrimaryMeeting(credentials);
    return MeetingSessionStatusCode[status.statusCode()];
  }

  /** Forgets who went so far. */
  watchRoster() {
    this.#departures = [];
  }

  /** Who was told to have gone since. */
  departures() {
    return this.#departures;
  }

  say(topic, text, lifetime) {
    this.#av.realtimeSendDataMessage(topic, text, lifetime);
  }

  /** What others said on the topic, and what came back throttled. */
  said() {
    return this.#said;
  }

  /** What was written down of what is spoken, and how that stands. */
  transcript() {
    return this.#transcript;
  }

  /** Whose attendee said each of that; nobody's is the server. */
  senders() {
    return this.#senders;
  }

  /** Where this person stands; the status is the client's reason for having stopped. */
  state() {
    return {
      phase: this.#phase,
      status: this.#status,
      startedAt: this.#startedAt,
      reconnects: this.#reconnects,
      soundSince: this.#ears.soundSince,
      shares: this.#shares,
      held: this.#held,
      refusals: this.#refusals,
      speakers: this.#speakers,
      canStartVideo: this.#canStartVideo,
    };
  }

  /** Who is present, by attendee id. */
  roster() {
    return Object.fromEntries(this.#roster);
  }

  /** The tiles as a page would show them: whose, and what is on them. */
  tiles() {
    return [...this.#tiles.values()].map(({ video, ...tile }) => ({ ...tile, ...see(video) }));
  }

  hear(frequencies) {
    return this.#ears.hear(frequencies);
  }

  /** The codecs that pictures arrive with, most frames first. */
  async videoCodecs() {
    const stats = await this.stats();
    return [...stats.values()]
      .filter((s) => s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 0)
      .sort((a, b) => b.framesDecoded - a.framesDecoded)
      .map((s) => stats.get(s.codecId)?.mimeType);
  }

  /** How many frames went into each simulcast layer. */
  async sentLayers() {
    const stats = await this.stats();
    const layers = [...stats.values()].filter((s) => s.type === 'outbound-rtp' && s.rid);
    return Object.fromEntries(layers.map(({ rid, framesEncoded }) => [rid, framesEncoded]));
  }

  /** How the one picture that is sent goes out, in the browser's words. */
  async sentVideo() {
    return firstSentVideo(await this.stats());
  }

  /** The same of what is shared; the client keeps the connection that does it to itself. */
  async sentShare() {
    return firstSentVideo(await this.#session.contentShare.contentAudioVideo.getRTCPeerConnectionStats());
  }

  /** How many bits a second the encoders of all sizes of the picture aim at. */
  async sentTarget() {
    const sent = [...(await this.stats()).values()].filter((s) => s.type === 'outbound-rtp' && s.kind === 'video' && s.active);
    return sent.reduce((sum, { targetBitrate = 0 }) => sum + targetBitrate, 0);
  }

  /** What the browser counts of the sound that it is sent. */
  async receivedSound() {
    const stats = await this.stats();
    return [...stats.values()].find((s) => s.type === 'inbound-rtp' && s.kind === 'audio');
  }

  /** What the browser counts. */
  stats() {
    return this.#av.getRTCPeerConnectionStats();
  }

  get #av() {
    return this.#session.audioVideo;
  }

  #observer() {
    return {
      audioVideoDidStartConnecting: (again) => {
        this.#phase = again ? 'reconnecting' : 'connecting';
        if (again) this.#reconnects += 1;
      },
      audioVideoDidStart: () => {
        this.#phase = 'started';
        this.#startedAt ??= Date.now();
      },
      audioVideoDidStop: (status) => {
        this.#phase = 'stopped';
        this.#status = MeetingSessionStatusCode[status.statusCode()];
      },
      videoAvailabilityDidChange: ({ canStartLocalVideo }) => (this.#canStartVideo = canStartLocalVideo),
      videoSendDidBecomeUnavailable: () => (this.#refusals += 1),
      videoTileDidUpdate: (state) => this.#tile(state),
      videoTileWasRemoved: (id) => this.#tiles.delete(id),
    };
  }

  #presence(id, present, name) {
    if (!present) {
      this.#departures.push(id);
      this.#roster.delete(id);
      this.#av.realtimeUnsubscribeFromVolumeIndicator(id);
      return;
    }
    if (this.#roster.has(id)) return;
    const entry = { name, muted: null, volume: null };
    this.#roster.set(id, entry);
    this.#av.realtimeSubscribeToVolumeIndicator(id, (_, volume, muted) => {
      // The client reports only what changed, and null for the rest.
      entry.volume = volume ?? entry.volume;
      entry.muted = muted ?? entry.muted;
    });
  }

  #hold(what, tileId) {
    this.#held.push({ what, attendee: this.#av.getVideoTile(tileId).state().boundAttendeeId });
  }

  #tileOf(attendee) {
    return [...this.#tiles].find(([, tile]) => tile.attendee === attendee)[0];
  }

  #tile({ tileId, paused, boundAttendeeId, boundExternalUserId, localTile, isContent }) {
    let tile = this.#tiles.get(tileId);
    if (!tile) {
      tile = { video: Object.assign(document.createElement('video'), { muted: true }) };
      this.#tiles.set(tileId, tile);
      document.body.append(tile.video);
      this.#av.bindVideoElement(tileId, tile.video);
    }
    Object.assign(tile, { attendee: boundAttendeeId, name: boundExternalUserId, local: localTile, content: isContent, paused });
  }
}

function firstSentVideo(stats) {
  const sent = [...stats.values()].find((s) => s.type === 'outbound-rtp' && s.kind === 'video' && s.framesSent > 0);
  return sent && { ...sent, codec: stats.get(sent.codecId)?.mimeType };
}

/** What the client tells of a transcript, without its times. */
function written(event) {
  if (!event.results) {
    const { type, transcriptionRegion, transcriptionConfiguration, message } = event;
    return { status: type, region: transcriptionRegion, configuration: transcriptionConfiguration, message };
  }
  return {
    results: event.results.map(({ isPartial, languageCode, alternatives: [{ transcript, items }] }) => ({
      isPartial,
      languageCode,
      transcript,
      speakers: [...new Set(items.map((item) => item.attendee.externalUserId))],
      inOrder: items.every((item) => item.startTimeMs < item.endTimeMs),
    })),
  };
}
