import { createRequire } from 'node:module';

// The client's own schema reads what the client said and was told.
const require = createRequire(import.meta.url);
const { SdkSignalFrame } = require('amazon-chime-sdk-js/build/signalingprotocol/SignalingProtocol.js');

/** Frames that come every moment and would bury the others. */
const CHATTER = new Set(['CLIENT_METRIC', 'AUDIO_METADATA', 'PING_PONG', 'MEETING_SESSION_TIMING']);
const KEPT = 60;

/** What one page and the server said to each other beside the media: evidence for a failed step. */
export class Conversation {
  #lines = [];
  #frames = [];

  constructor(page) {
    page.on('websocket', (socket) => {
      this.#note(`open ${socket.url().split('?')[0]}`);
      socket.on('framesent', ({ payload }) => this.#frame('>', payload));
      socket.on('framereceived', ({ payload }) => this.#frame('<', payload));
      socket.on('close', () => this.#note('closed'));
    });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#note(message.text().slice(0, 400));
    });
    page.on('pageerror', (error) => this.#note(`page error: ${error.message}`));
  }

  get lines() {
    return this.#lines;
  }

  /** Whether the server has said a frame of this type. */
  heard(type) {
    return this.received(type).length > 0;
  }

  /** What the server said in frames of this type, as far as it is still kept. */
  received(type) {
    return this.#contents('<', type);
  }

  /** What the client said in frames of this type, as far as it is still kept. */
  sent(type) {
    return this.#contents('>', type);
  }

  #contents(direction, type) {
    return this.#frames.filter((frame) => frame.direction === direction && frame.type === type).map(({ content }) => content);
  }

  #frame(direction, payload) {
    const frame = SdkSignalFrame.toObject(SdkSignalFrame.decode(payload.subarray(1)), { enums: String, longs: Number });
    const { type, timestampMs, ...content } = frame;
    if (CHATTER.has(type)) return;
    this.#note(`${direction} ${type} ${JSON.stringify(content).slice(0, 20_000)}`);
    this.#frames.push({ direction, type, content });
    if (this.#frames.length > KEPT) this.#frames.shift();
  }

  #note(line) {
    this.#lines.push(`${new Date().toISOString().slice(11, 23)} ${line}`);
    if (this.#lines.length > KEPT) this.#lines.shift();
  }
}
