import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { HANG_MS } from './until.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
/** The last lines of the service's log that a failed test shows. */
const LOG_LINES = 60;

/** The service under test: one that runs already (`CARILLON_ENDPOINT`), or one started for this file. */
export class Service {
  #process;
  #log = [];

  /** Starts the program that `CARILLON_BIN` names, by default the one that cargo built last. */
  static async start() {
    if (process.env.CARILLON_ENDPOINT) return new Service(process.env.CARILLON_ENDPOINT);
    const target = process.env.CARGO_TARGET_DIR ?? `${ROOT}/target`;
    const program = process.env.CARILLON_BIN ?? `${target}/debug/carillon`;
    const args = ['serve', '--dev', '--listen', '127.0.0.1:0', '--media', '127.0.0.1:0'];
    const service = new Service(null, spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
    service.endpoint = await service.#ready();
    return service;
  }

  constructor(endpoint, child) {
    this.endpoint = endpoint;
    this.#process = child;
  }

  get log() {
    return this.#log;
  }

  async stop() {
    if (!this.#process || this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    // The second signal cuts the drain short; two at once would count as one.
    const insist = setInterval(() => this.#process.kill('SIGTERM'), 250);
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), HANG_MS);
    this.#process.kill('SIGTERM');
    await ended;
    clearInterval(insist);
    clearTimeout(kill);
  }

  async #ready() {
    const child = this.#process;
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#log.push(line);
      if (this.#log.length > LOG_LINES) this.#log.shift();
    });
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not ready within ${HANG_MS} ms\n${this.#log.join('\n')}`)), HANG_MS);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the service ended with ${code}\n${this.#log.join('\n')}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const { ready, api } = JSON.parse(line);
        if (!ready) return;
        clearTimeout(late);
        resolve(api);
      });
    });
  }
}
