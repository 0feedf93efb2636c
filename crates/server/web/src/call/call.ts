import {
  ConsoleLogger,
  DefaultMeetingSession,
  LogLevel,
  MeetingSessionConfiguration,
  type AudioVideoFacade,
  type AudioVideoObserver,
} from 'amazon-chime-sdk-js';

import type { Device, Devices } from '../devices/devices.ts';
import type { Admission } from '../door/admission.ts';
import { Chat, type ChatMessage } from './chat.ts';
import { endingFor, type Ending } from './ending.ts';
import type { Participant } from './participant.ts';
import { Roster } from './roster.ts';
import { Share } from './share.ts';

/** Where a call stands. */
export type Phase = 'connecting' | 'on' | 'reconnecting' | 'over';

/** What happened in a call that a page may want to show. */
export interface CallEvents {
  changed(): void;
  came(participant: Participant): void;
  went(participant: Participant): void;
  said(message: ChatMessage): void;
  troubled(text: string): void;
  over(ending: Ending): void;
}

/** One stay in one meeting: the unmodified client, and its callbacks put together to one picture. */
export class Call {
  phase: Phase = 'connecting';
  /** The client takes the connection for a poor one. */
  poor = false;
  muted = false;
  camera = false;
  readonly roster: Roster;
  readonly share: Share;
  readonly chat: Chat;

  readonly #av: AudioVideoFacade;
  readonly #devices: Devices;
  readonly #events: CallEvents;
  /** Another microphone was taken while the client did not look. */
  #missed = false;

  constructor(admission: Admission, devices: Devices, events: CallEvents) {
    const configuration = new MeetingSessionConfiguration(admission.Meeting, admission.Attendee);
    const logger = new ConsoleLogger('meeting', LogLevel.WARN);
    this.#av = new DefaultMeetingSession(configuration, logger, devices.controller).audioVideo;
    this.#devices = devices;
    this.#events = events;
    const self = { id: admission.Attendee.AttendeeId, externalUserId: admission.Attendee.ExternalUserId };
    this.roster = new Roster(this.#av, self, events);
    this.share = new Share(this.#av, events.changed, events.troubled);
    this.chat = new Chat(this.#av, self, events);
  }

  /** Goes in with the devices that are wished for; without them one is still in, and hears and sees. */
  async start(speaker: HTMLAudioElement, wish: { microphone: boolean; camera: boolean }): Promise<void> {
    this.#av.addObserver(this.#observer());
    this.#av.realtimeSubscribeToMuteAndUnmuteLocalAudio((muted) => {
      this.muted = muted;
      this.#events.changed();
    });
    this.#av.addDeviceChangeObserver({
      audioInputStreamEnded: () => void this.#unplugged('microphone'),
      videoInputStreamEnded: () => void this.#unplugged('camera'),
    });
    await this.#av.bindAudioElement(speaker);
    await this.#devices.useSpeaker();
    if (!wish.microphone || !(await this.#turnOn('microphone'))) this.#av.realtimeMuteLocalAudio();
    this.#devices.observe((device) => {
      if (device === 'microphone' && this.phase !== 'on') this.#missed = true;
    });
    this.#av.start();
    // The client takes the picture along when it is connected; asking earlier only queues the wish.
    if (wish.camera) await this.setCamera(true);
  }

  /** Speaks or is silent; the first time it may have to ask for the microphone. */
  async setMuted(muted: boolean): Promise<void> {
    if (muted) this.#av.realtimeMuteLocalAudio();
    else if (this.#devices.isRunning('microphone') || (await this.#turnOn('microphone'))) this.#av.realtimeUnmuteLocalAudio();
  }

  /** Shows one's picture or stops showing it. */
  async setCamera(on: boolean): Promise<void> {
    if (on) {
      if (!(await this.#turnOn('camera'))) return;
      this.#av.startLocalVideoTile();
    } else {
      this.#av.stopLocalVideoTile();
      await this.#devices.stop('camera');
    }
    this.camera = on;
    this.#events.changed();
  }

  /** Shows a picture on an element. */
  show(tile: number, video: HTMLVideoElement): void {
    this.#av.bindVideoElement(tile, video);
  }

  /** What the browser counts of the connection; null while there is none. */
  async statistics(): Promise<RTCStatsReport | null> {
    return (await this.#av.getRTCPeerConnectionStats()) ?? null;
  }

  /** Says goodbye; `over` follows. */
  leave(): void {
    this.share.stop();
    this.#av.stop();
  }

  /**
   * Takes the microphone once more if it was exchanged while the client was connecting. From its first step on until it is
   * connected, the client goes on with the sound it had, which has stopped.
   */
  async #catchUp(): Promise<void> {
    const missed = this.#missed;
    this.#missed = false;
    if (missed && this.#devices.isRunning('microphone')) await this.#turnOn('microphone');
  }

  async #turnOn(device: Device): Promise<boolean> {
    const trouble = await this.#devices.start(device);
    if (trouble) this.#events.troubled(trouble);
    return trouble === null;
  }

  async #unplugged(device: Device): Promise<void> {
    this.#events.troubled(`The ${device} stopped. Connect it again, then turn it on.`);
    if (device === 'camera') return this.setCamera(false);
    this.#av.realtimeMuteLocalAudio();
    await this.#devices.stop('microphone');
  }

  #observer(): AudioVideoObserver {
    return {
      audioVideoDidStartConnecting: (again) => this.#enter(again ? 'reconnecting' : 'connecting'),
      audioVideoDidStart: () => {
        this.#enter('on');
        void this.#catchUp();
      },
      audioVideoDidStop: (status) => {
        this.#enter('over');
        this.#events.over(endingFor(status.statusCode()));
      },
      videoTileDidUpdate: (tile) => this.roster.picture(tile),
      videoTileWasRemoved: (id) => this.roster.pictureGone(id),
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
    if (phase === 'on') this.poor = false;
    this.#events.changed();
  }

  #quality(poor: boolean): void {
    this.poor = poor;
    this.#events.changed();
  }
}
