import {
  ConsoleLogger,
  DefaultDeviceController,
  DefaultMeetingSession,
  LogLevel,
  MeetingSessionConfiguration,
  MeetingSessionStatusCode,
  TargetDisplaySize,
  VideoCodecCapability,
  VideoPreference,
  VideoPreferences,
  VideoPriorityBasedPolicy,
} from 'amazon-chime-sdk-js';

import { see } from './eyes.js';
import { earsAt } from './hearing.js';

const CODECS = {
  'video/VP8': () => VideoCodecCapability.vp8(),
  'video/H264': () => VideoCodecCapability.h264ConstrainedBaselineProfile(),
};
const SIZES = { low: TargetDisplaySize.Low, high: TargetDisplaySize.High };
/** What Chromium would do to a voice it would also do to a test tone: take it for noise and remove it. */
const RAW_MICROPHONE = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** One person in one page: the unmodified client, and what it was told and gave to hear and see. */
export class Person {
  #audio = Object.assign(new Audio(), { muted: true });
  #ears = earsAt(this.#audio);
  #session = null;
  #policy = null;
  #phase = 'outside';
  #status = null;
  #startedAt = null;
  #reconnects = 0;
  #roster = new Map();
  #tiles = new Map();
  #said = [];
  #senders = [];
  #shares = [];
  #drawing;
  #departures = [];

  /** Prepares ears before there is anything to hear. */
  async wake() {
    return this.#ears.ready();
  }

  /**
   * Begins to join with what the API returned; `state()` tells how it went.
   * @param {object} meeting
   * @param {object} attendee
   * @param {{microphone?: boolean, codec?: keyof CODECS, simulcast?: boolean, priority?: boolean}} wishes
   */
  async join(meeting, attendee, { microphone = true, codec, simulcast = false, priority = false } = {}) {
    const logger = new ConsoleLogger('client', LogLevel.INFO);
    const configuration = new MeetingSessionConfiguration(meeting, attendee);
    configuration.enableSimulcastForUnifiedPlanChromiumBasedBrowsers = simulcast;
    if (priority) configuration.videoDownlinkBandwidthPolicy = this.#policy = new VideoPriorityBasedPolicy(logger);
    const devices = new DefaultDeviceController(logger);
    this.#session = new DefaultMeetingSession(configuration, logger, devices);
    const av = this.#av;
    av.addObserver(this.#observer());
    av.realtimeSubscribeToAttendeeIdPresence((id, present, name) => this.#presence(id, present, name));
    av.addContentShareObserver({
      contentShareDidStart: () => this.#shares.push('started'),
      contentShareDidStop: () => this.#shares.push('stopped'),
    });
    av.realtimeSubscribeToReceiveDataMessage('test', (message) => {
      this.#senders.push(message.senderAttendeeId);
      this.#said.push({ text: message.text(), from: message.senderExternalUserId, throttled: message.throttled });
    });
    if (codec) av.setVideoCodecSendPreferences([CODECS[codec]()]);
    await av.bindAudioElement(this.#audio);
    if (microphone) await av.startAudioInput(RAW_MICROPHONE);
    this.#phase = 'connecting';
    av.start();
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

  /** Watches this attendee only, or nobody; only who joined with a priority policy can choose. */
  prefer(attendee, size) {
    const preferences = VideoPreferences.prepare();
    if (attendee) preferences.add(new VideoPreference(attendee, 1, SIZES[size]));
    this.#policy.chooseRemoteVideoSources(preferences.build());
  }

  leave() {
    this.#av.stop();
  }

  /** Shares a picture of one colour, drawn anew ten times a second, as an application shares a canvas. */
  async share(colour) {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
    const context = canvas.getContext('2d');
    let frame = 0;
    this.#drawing = setInterval(() => {
      frame += 1;
      context.fillStyle = colour;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.fillStyle = frame % 2 ? '#000' : '#fff';
      context.fillRect(0, 0, 8, 8);
    }, 100);
    await this.#av.startContentShare(canvas.captureStream(10));
  }

  stopSharing() {
    clearInterval(this.#drawing);
    this.#av.stopContentShare();
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

  #tile({ tileId, boundAttendeeId, boundExternalUserId, localTile, isContent }) {
    let tile = this.#tiles.get(tileId);
    if (!tile) {
      tile = { video: Object.assign(document.createElement('video'), { muted: true }) };
      this.#tiles.set(tileId, tile);
      document.body.append(tile.video);
      this.#av.bindVideoElement(tileId, tile.video);
    }
    Object.assign(tile, { attendee: boundAttendeeId, name: boundExternalUserId, local: localTile, content: isContent });
  }
}
