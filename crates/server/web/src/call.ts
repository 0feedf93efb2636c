import {
  ConsoleLogger,
  DefaultActiveSpeakerPolicy,
  DefaultMeetingSession,
  LogLevel,
  MeetingSessionConfiguration,
  type AudioVideoFacade,
  type AudioVideoObserver,
  type VideoTileState,
} from 'amazon-chime-sdk-js';

import type { Admission } from './admission.ts';
import type { Device, Devices } from './devices.ts';
import { endingFor, type Ending } from './ending.ts';

const CONTENT = '#content';

/** Somebody in the meeting, or what somebody shares. */
export interface Participant {
  readonly id: string;
  readonly name: string;
  readonly self: boolean;
  readonly content: boolean;
  muted: boolean;
  speaking: boolean;
  /** The client's number of the picture; without one the person is heard only. */
  tile: number | null;
}

/** Where a call stands. */
export type Phase = 'connecting' | 'on' | 'reconnecting' | 'over';

/** What happened in a call that a page may want to show. */
export interface CallEvents {
  changed(): void;
  came(participant: Participant): void;
  went(participant: Participant): void;
  troubled(text: string): void;
  over(ending: Ending): void;
}

/** One stay in one meeting: the unmodified client, and its callbacks put together to one picture. */
export class Call {
  phase: Phase = 'connecting';
  weak = false;
  muted = false;
  camera = false;
  readonly participants = new Map<string, Participant>();

  readonly #self: string;
  readonly #av: AudioVideoFacade;
  readonly #devices: Devices;
  readonly #events: CallEvents;
  readonly #observer = this.#observe();
  #microphone = false;

  constructor(admission: Admission, devices: Devices, events: CallEvents) {
    const configuration = new MeetingSessionConfiguration(admission.Meeting, admission.Attendee);
    const logger = new ConsoleLogger('meeting', LogLevel.WARN);
    this.#av = new DefaultMeetingSession(configuration, logger, devices.controller).audioVideo;
    this.#self = admission.Attendee.AttendeeId;
    this.#devices = devices;
    this.#events = events;
    this.#add(this.#self, admission.Attendee.ExternalUserId);
  }

  /** Goes in with the devices that are wished for; without them one is still in, and hears and sees. */
  async start(speaker: HTMLAudioElement, wish: { microphone: boolean; camera: boolean }): Promise<void> {
    this.#av.addObserver(this.#observer);
    this.#av.realtimeSubscribeToAttendeeIdPresence((id, present, name) => {
      if (present) this.#add(id, name ?? id);
      else this.#remove(id);
    });
    this.#av.realtimeSubscribeToMuteAndUnmuteLocalAudio((muted) => {
      this.muted = muted;
      this.#events.changed();
    });
    this.#av.subscribeToActiveSpeakerDetector(new DefaultActiveSpeakerPolicy(), (speakers) => this.#speaking(speakers));
    this.#av.addDeviceChangeObserver({
      audioInputStreamEnded: () => this.#unplugged('microphone'),
      videoInputStreamEnded: () => this.#unplugged('camera'),
    });
    await this.#av.bindAudioElement(speaker);
    this.#microphone = wish.microphone && (await this.#turnOn('microphone'));
    if (!this.#microphone) this.#av.realtimeMuteLocalAudio();
    this.#av.start();
    // The client takes the picture along when it is connected; asking earlier only queues the wish.
    if (wish.camera) await this.setCamera(true);
  }

  /** Speaks or is silent; the first time it may have to ask for the microphone. */
  async setMuted(muted: boolean): Promise<void> {
    if (muted) return this.#av.realtimeMuteLocalAudio();
    this.#microphone ||= await this.#turnOn('microphone');
    if (this.#microphone) this.#av.realtimeUnmuteLocalAudio();
  }

  /** Shows one's picture or stops showing it. */
  async setCamera(on: boolean): Promise<void> {
    if (on) {
      if (!(await this.#turnOn('camera'))) return;
      this.#av.startLocalVideoTile();
    } else {
      this.#av.stopLocalVideoTile();
      await this.#devices.stopCamera();
    }
    this.camera = on;
    this.#events.changed();
  }

  /** Shows a picture on an element. */
  show(tile: number, video: HTMLVideoElement): void {
    this.#av.bindVideoElement(tile, video);
  }

  /** Says goodbye; `over` follows. */
  leave(): void {
    this.#av.stop();
  }

  async #turnOn(device: Device): Promise<boolean> {
    const trouble = await this.#devices.start(device);
    if (trouble) this.#events.troubled(trouble);
    return trouble === null;
  }

  #unplugged(device: Device): void {
    this.#events.troubled(`The ${device} stopped. Connect it again, then turn it on.`);
    if (device === 'camera') return void this.setCamera(false);
    this.#microphone = false;
    this.#av.realtimeMuteLocalAudio();
  }

  #observe(): AudioVideoObserver {
    return {
      audioVideoDidStartConnecting: (again) => this.#enter(again ? 'reconnecting' : 'connecting'),
      audioVideoDidStart: () => this.#enter('on'),
      audioVideoDidStop: (status) => {
        this.#enter('over');
        this.#events.over(endingFor(status.statusCode()));
      },
      videoTileDidUpdate: (tile) => this.#picture(tile),
      videoTileWasRemoved: (id) => this.#pictureGone(id),
      videoSendDidBecomeUnavailable: () => {
        this.#events.troubled('Your picture is not shown: the meeting has no room for another one.');
        void this.setCamera(false);
      },
      connectionDidBecomePoor: () => this.#quality(true),
      connectionDidSuggestStopVideo: () => this.#quality(true),
      connectionDidBecomeGood: () => this.#quality(false),
    };
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    if (phase === 'on') this.weak = false;
    this.#events.changed();
  }

  #quality(weak: boolean): void {
    this.weak = weak;
    this.#events.changed();
  }

  #add(id: string, externalUserId: string): void {
    if (this.participants.has(id)) return;
    const participant: Participant = {
      id,
      name: displayName(externalUserId),
      self: id === this.#self,
      content: id.endsWith(CONTENT),
      muted: false,
      speaking: false,
      tile: null,
    };
    this.participants.set(id, participant);
    this.#av.realtimeSubscribeToVolumeIndicator(id, (_id, _volume, muted) => {
      // Null means that nothing changed, which is most of the time.
      if (muted === null || muted === participant.muted) return;
      participant.muted = muted;
      this.#events.changed();
    });
    this.#events.came(participant);
    this.#events.changed();
  }

  #remove(id: string): void {
    const participant = this.participants.get(id);
    // One's own leaving is the end of the call, and told as such.
    if (!participant || participant.self) return;
    this.participants.delete(id);
    this.#av.realtimeUnsubscribeFromVolumeIndicator(id);
    this.#events.went(participant);
    this.#events.changed();
  }

  #speaking(speakers: string[]): void {
    for (const participant of this.participants.values()) participant.speaking = speakers.includes(participant.id);
    this.#events.changed();
  }

  #picture({ tileId, boundAttendeeId, boundExternalUserId, boundVideoStream }: VideoTileState): void {
    if (tileId === null || !boundAttendeeId) return;
    // A picture may come before the roster tells whose it is.
    this.#add(boundAttendeeId, boundExternalUserId ?? boundAttendeeId);
    const participant = this.participants.get(boundAttendeeId);
    // One's own tile stays when the camera stops, with no stream on it.
    const tile = boundVideoStream ? tileId : null;
    if (!participant || participant.tile === tile) return;
    participant.tile = tile;
    this.#events.changed();
  }

  #pictureGone(tile: number): void {
    for (const participant of this.participants.values()) {
      if (participant.tile === tile) participant.tile = null;
    }
    this.#events.changed();
  }
}

/** The server makes names unique by a mark behind the last `#`; people need not see it. */
function displayName(externalUserId: string): string {
  const mark = externalUserId.lastIndexOf('#');
  return mark > 0 ? externalUserId.slice(0, mark) : externalUserId;
}
