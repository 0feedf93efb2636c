import type { AudioVideoFacade, DataMessage } from 'amazon-chime-sdk-js';

import { displayName } from './participant.ts';

const TOPIC = 'chat';
/** What one data message carries. The client ends the whole call over a longer one. */
const LIMIT_BYTES = 2_048;
/** How long the server keeps a message for those who come later: the longest it may be asked for. */
const LIFETIME_MS = 300_000;

/** One line of the conversation. */
export interface ChatMessage {
  readonly name: string;
  readonly self: boolean;
  readonly text: string;
  readonly at: Date;
}

/** The conversation in writing. */
export class Chat {
  readonly messages: ChatMessage[] = [];

  readonly #av: AudioVideoFacade;
  readonly #self: { id: string; externalUserId: string };
  readonly #events: { said(message: ChatMessage): void; troubled(text: string): void };
  readonly #seen = new Set<string>();

  constructor(
    av: AudioVideoFacade,
    self: { id: string; externalUserId: string },
    events: { said(message: ChatMessage): void; troubled(text: string): void },
  ) {
    this.#av = av;
    this.#self = self;
    this.#events = events;
    av.realtimeSubscribeToReceiveDataMessage(TOPIC, (message) => this.#receive(message));
  }

  /** Whether a text fits into one message. */
  fits(text: string): boolean {
    return new TextEncoder().encode(text).length <= LIMIT_BYTES;
  }

  /** Sends a text that fits. The server gives it to the others only, so it is shown from here. */
  send(text: string): void {
    if (!this.fits(text)) throw new RangeError('the text does not fit into one message');
    this.#av.realtimeSendDataMessage(TOPIC, text, LIFETIME_MS);
    this.#show({ name: displayName(this.#self.externalUserId), self: true, text, at: new Date() });
  }

  #receive(message: DataMessage): void {
    if (message.throttled) {
      this.#events.troubled('Too many messages at once: your last one was not delivered. Wait a moment, then send it again.');
      return;
    }
    // After a reconnection the server may say again what it has kept.
    const key = `${message.senderAttendeeId} ${message.timestampMs} ${message.text()}`;
    if (this.#seen.has(key) || message.senderAttendeeId === this.#self.id) return;
    this.#seen.add(key);
    this.#show({
      name: displayName(message.senderExternalUserId),
      self: false,
      text: message.text(),
      at: new Date(message.timestampMs),
    });
  }

  #show(message: ChatMessage): void {
    this.messages.push(message);
    this.#events.said(message);
  }
}
