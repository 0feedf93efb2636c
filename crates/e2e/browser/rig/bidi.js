import { once } from 'node:events';

import WebSocket from 'ws';

import { HANG_MS } from './until.js';

/** On a busy machine a browser takes its time to start, and to start a process for a page; what runs answers at once. */
export const START_MS = 60_000;

/** A WebDriver BiDi session with a browser: commands and their answers, and events as they come. */
export class Bidi {
  #socket;
  #commands = 0;
  #waiting = new Map();
  #listeners = new Map();

  /** @param {string} url where the browser said that it listens */
  static async open(url) {
    const bidi = new Bidi();
    bidi.#socket = new WebSocket(`${url}/session`, { perMessageDeflate: false });
    bidi.#socket.on('message', (text) => bidi.#take(JSON.parse(text)));
    bidi.#socket.on('close', () => bidi.#abandon());
    await once(bidi.#socket, 'open');
    await bidi.call('session.new', { capabilities: {} }, START_MS);
    return bidi;
  }

  /** Gives a command and waits for its answer. */
  call(method, params, limit = HANG_MS) {
    const id = ++this.#commands;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#take({ id, error: 'no answer', message: `within ${limit} ms` }), limit);
      this.#waiting.set(id, { method, late, resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** Hears an event wherever in the browser it happens. */
  async on(event, listener) {
    this.#listeners.set(event, listener);
    await this.call('session.subscribe', { events: [event] });
  }

  close() {
    this.#socket.close();
  }

  #take({ id, method, params, result, error, message }) {
    if (method) return this.#listeners.get(method)?.(params);
    const command = this.#waiting.get(id);
    if (!command) return;
    this.#waiting.delete(id);
    clearTimeout(command.late);
    if (error) command.reject(new Error(`${command.method}: ${error}: ${message}`));
    else command.resolve(result);
  }

  #abandon() {
    for (const id of this.#waiting.keys()) this.#take({ id, error: 'no answer', message: 'the browser is gone' });
  }
}
