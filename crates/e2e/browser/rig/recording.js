import { createRequire } from 'node:module';

// The client's own schema reads what the client said.
const require = createRequire(import.meta.url);
const { SdkSignalFrame } = require('amazon-chime-sdk-js/build/signalingprotocol/SignalingProtocol.js');

const SHOWN = { enums: String, longs: Number, bytes: String };

/** What the clients of one meeting said, in a form that can be said again to the server without a browser. */
export class Recording {
  #begin = Date.now();
  #events = [];
  #attendees = new Map();
  #sockets = 0;

  /** Listens to a guest that has not joined. */
  listen(guest) {
    let mains = 0;
    guest.page.on('websocket', (socket) => {
      // A second socket beside the first is the one of a content share; a client that reconnects closes the first.
      const modality = mains > 0 ? 'content' : 'main';
      if (modality === 'main') mains += 1;
      this.#socket(socket, guest, modality, () => (mains -= modality === 'main' ? 1 : 0));
    });
  }

  /** The recording as text, without what the server said. */
  said(title, browser) {
    const attendees = [...this.#attendees].map(([name, id]) => `attendee ${name} ${id}`);
    const client = require('amazon-chime-sdk-js/package.json').version;
    const head = [`# ${title}`, `# amazon-chime-sdk-js ${client} in Chromium ${browser}`, ...attendees];
    return `${[...head, ...this.#inOrder().filter(({ heard }) => !heard).map(({ lines }) => lines)].join('\n')}\n`;
  }

  /** What the server said, a frame a line. */
  heard() {
    return this.#inOrder().filter(({ heard }) => heard).map(({ lines }) => `${lines}\n`).join('');
  }

  #inOrder() {
    return this.#events.sort((a, b) => a.at - b.at).map((event) => ({ ...event, lines: event.text(event.at - this.#begin) }));
  }

  #socket(socket, guest, modality, closed) {
    this.#sockets += 1;
    const number = this.#sockets;
    this.#attendees.set(guest.name, guest.attendee.AttendeeId);
    const opened = this.#note(Date.now(), (ms) => `${ms} open ${number} ${guest.name} ${modality}`);
    let metrics = 0;
    socket.on('framesent', ({ payload }) => {
      const frame = SdkSignalFrame.decode(payload.subarray(1));
      const { type, timestampMs } = SdkSignalFrame.toObject(frame, SHOWN);
      if (type === 'CLIENT_METRIC') metrics += 1;
      // Measurements of every second would bury the rest; one stands for all.
      if (type === 'CLIENT_METRIC' && metrics > 1) return;
      opened.at = Math.min(opened.at, timestampMs);
      this.#note(timestampMs, (ms) => `${ms} > ${number} ${annotation(frame)}\n ${base64(frame, payload)}`);
    });
    socket.on('framereceived', ({ payload }) => {
      const { at } = this.#note(Date.now(), () => `${number} ${payload.toString('base64')}`, true);
      opened.at = Math.min(opened.at, at);
    });
    socket.on('close', () => {
      closed();
      this.#note(Date.now(), (ms) => `${ms} close ${number}`);
    });
  }

  #note(at, text, heard = false) {
    const event = { at, text, heard };
    this.#events.push(event);
    return event;
  }
}

/** A frame for people; offers are long and stand in the bytes. */
function annotation(frame) {
  const { type, timestampMs, ...content } = SdkSignalFrame.toObject(frame, SHOWN);
  if (type === 'CLIENT_METRIC' || type === 'MEETING_SESSION_TIMING') return type;
  if (content.sub?.sdpOffer) content.sub.sdpOffer = `${content.sub.sdpOffer.length} characters`;
  return `${type} ${JSON.stringify(content)}`;
}

/** The frame's bytes, but with no address of the machine on which they were said. */
function base64(frame, payload) {
  if (!frame.sub?.sdpOffer) return payload.toString('base64');
  frame.sub.sdpOffer = frame.sub.sdpOffer.replaceAll(/^(a=candidate:\S+ \d+ \S+ \d+) \S+/gm, '$1 192.0.2.7');
  const bytes = SdkSignalFrame.encode(frame).finish();
  return Buffer.concat([payload.subarray(0, 1), bytes]).toString('base64');
}
