import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { issueCertificate } from './certificate.js';
import { program } from './program.js';
import { HANG_MS } from './until.js';

/** The last lines of the service's log that a failed test shows. */
const LOG_LINES = 60;

/** The service under test: one that runs already (`CARILLON_ENDPOINT`), or one started for this file. */
export class Service {
  #process = null;
  #log = [];
  #data = null;
  #certificate = null;
  #flags = [];

  /** Starts the program that `CARILLON_BIN` names, by default the one that cargo built last. */
  static async start() {
    const service = new Service();
    if (process.env.CARILLON_ENDPOINT) service.endpoint = process.env.CARILLON_ENDPOINT;
    else await service.#run('127.0.0.1:0');
    return service;
  }

  /** Starts one of its own that remembers its meetings, waits for nobody when told to go, and can be restarted. */
  static async startDurable() {
    const service = new Service();
    service.#data = await mkdtemp(join(tmpdir(), 'carillon-data-'));
    await service.#run('127.0.0.1:0');
    return service;
  }

  /** Starts one with further flags. */
  static async startWith(...flags) {
    const service = new Service();
    service.#flags = flags;
    await service.#run('127.0.0.1:0');
    return service;
  }

  /** Starts one that serves TLS with a certificate of its own authority. */
  static async startSecure() {
    const service = new Service();
    service.#data = await mkdtemp(join(tmpdir(), 'carillon-data-'));
    service.#certificate = await issueCertificate(service.#data);
    await service.#run('127.0.0.1:0');
    return service;
  }

  /** The authority of its certificate, if it has one. */
  get ca() {
    return this.#certificate?.ca;
  }

  get log() {
    return this.#log;
  }

  /** Ends the program without a word to anybody, as a power cut does. */
  async crash() {
    await this.#end('SIGKILL');
  }

  /** Tells the program to go, and waits until it has. */
  async goAway() {
    await this.#end('SIGTERM');
  }

  /** Starts the program once more, at the address where it was. */
  async restart() {
    await this.#run(new URL(this.endpoint).host);
  }

  async stop() {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) await this.#insist();
    if (this.#data) await rm(this.#data, { recursive: true, force: true });
  }

  async #insist() {
    const ended = once(this.#process, 'exit');
    // The second signal cuts the drain short; two at once would count as one.
    const insist = setInterval(() => this.#process.kill('SIGTERM'), 250);
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), HANG_MS);
    this.#process.kill('SIGTERM');
    await ended;
    clearInterval(insist);
    clearTimeout(kill);
  }

  async #end(signal) {
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    await ended;
  }

  async #run(listen) {
    const args = ['serve', '--dev', '--listen', listen, '--media', '127.0.0.1:0', ...this.#flags];
    if (this.#data) args.push('--data', this.#data, '--drain-seconds', '0');
    if (this.#certificate) args.push('--tls-cert', this.#certificate.cert, '--tls-key', this.#certificate.key);
    this.#process = spawn(program(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const { api, media } = await this.#ready();
    this.endpoint = api;
    /** The addresses of the media workers. */
    this.media = media;
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
        const said = JSON.parse(line);
        if (!said.ready) return;
        clearTimeout(late);
        resolve(said);
      });
    });
  }
}
