import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Bidi, START_MS } from './bidi.js';
import { FPS } from './media.js';
import { HANG_MS } from './until.js';

/** Driven by WebDriver, Firefox itself turns off most of what would disturb a test; this is the rest. */
const PREFERENCES = {
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'media.autoplay.default': 0,
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  // The service is on loopback, which is tried only where asked for, and only for pages that may use devices.
  'media.peerconnection.ice.loopback': true,
  'permissions.default.camera': 1,
  'permissions.default.microphone': 1,
  // Names in place of addresses would be announced by multicast.
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  // Nothing is asked of the network.
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.safebrowsing.update.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
};

/** One Firefox process, driven by WebDriver BiDi; its pages do what the tests need of playwright's. */
export class Firefox {
  #child;
  #bidi;
  #pages = new Map();

  /**
   * @param {string} executablePath
   * @param {string} folder for the profile
   * @param {{tone: number, colour: number[]}} cast what the microphone and the camera make
   * @param {{width: number, height: number}} size of the camera's picture
   */
  static async launch(executablePath, folder, { tone, colour }, size) {
    const preferences = { ...PREFERENCES, 'media.navigator.audio.fake_frequency': tone };
    const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
    await writeFile(join(folder, 'user.js'), lines.join('\n'));
    // A display is not needed, nor a window that another Firefox of this user has open.
    const args = ['--headless', '--no-remote', '--profile', folder, '--remote-debugging-port', '0', 'about:blank'];
    const firefox = new Firefox();
    firefox.#child = spawn(executablePath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    process.once('exit', () => firefox.#child.kill('SIGKILL'));
    firefox.#bidi = await Bidi.open(await listening(firefox.#child));
    await firefox.#hearPages();
    const camera = `() => (${showColour})(${JSON.stringify({ colour, ...size, FPS })})`;
    await firefox.#bidi.call('script.addPreloadScript', { functionDeclaration: camera });
    return firefox;
  }

  /** A tab that shares nothing with the others, and is in front of them: a window takes many times as long to open. */
  async newContext() {
    const { userContext } = await this.#bidi.call('browser.createUserContext', {});
    const close = () => this.#bidi.call('browser.removeUserContext', { userContext });
    return { close, newPage: () => this.#newPage(userContext, { close }) };
  }

  async close() {
    const ended = once(this.#child, 'exit');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), HANG_MS);
    await this.#bidi.call('browser.close', {});
    await ended;
    clearTimeout(kill);
  }

  async #newPage(userContext, owner) {
    const { context } = await this.#bidi.call('browsingContext.create', { type: 'tab', userContext }, START_MS);
    const page = new Page(this.#bidi, context, owner);
    this.#pages.set(context, page);
    return page;
  }

  async #hearPages() {
    await this.#bidi.on('log.entryAdded', ({ type, level, text, source }) => {
      const page = this.#pages.get(source.context);
      if (type === 'console') page?.emit('console', { type: () => (level === 'warn' ? 'warning' : level), text: () => text });
      else if (level === 'error') page?.emit('pageerror', new Error(text));
    });
  }
}

/** A page, by the names that playwright gives to what it does. */
class Page extends EventEmitter {
  #bidi;
  #context;
  #owner;

  constructor(bidi, context, owner) {
    super();
    this.#bidi = bidi;
    this.#context = context;
    this.#owner = owner;
  }

  context() {
    return this.#owner;
  }

  /** Every command has its own limit. */
  setDefaultTimeout() {}

  async goto(url) {
    await this.#bidi.call('browsingContext.navigate', { context: this.#context, url, wait: 'complete' }, START_MS);
  }

  /** Calls a function in the page; what goes in and comes out has to be JSON. */
  async evaluate(callee, argument = null) {
    const { result, exceptionDetails } = await this.#bidi.call('script.callFunction', {
      functionDeclaration: `async (text) => JSON.stringify({ value: await (${callee})(JSON.parse(text)) })`,
      arguments: [{ type: 'string', value: JSON.stringify(argument) }],
      awaitPromise: true,
      target: { context: this.#context },
    });
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return JSON.parse(result.value).value;
  }
}

/** Waits until the browser says where it can be driven. */
function listening(child) {
  const said = [];
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`Firefox ${why}\n${said.join('\n')}`));
    const late = setTimeout(() => fail(`is not ready within ${START_MS} ms`), START_MS);
    child.once('error', reject);
    child.once('exit', (code) => fail(`ended with ${code}`));
    createInterface({ input: child.stderr }).on('line', (line) => {
      const url = line.match(/^WebDriver BiDi listening on (ws:\S+)/)?.[1];
      if (!url) return said.push(line);
      clearTimeout(late);
      resolve(url);
    });
  });
}

/**
 * Runs in each page before its own scripts: a camera that shows one colour above and noise below, as Chromium's
 * made-up camera is told to; Firefox's own changes its colour.
 */
function showColour({ colour, width, height, FPS }) {
  if (!navigator.mediaDevices) return; // The empty page that a window begins with.
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
    const tracks = audio ? (await getUserMedia({ audio })).getTracks() : [];
    if (video) tracks.push(camera());
    return new MediaStream(tracks);
  };

  function camera() {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d');
    const noise = pen.createImageData(width, height / 2);
    const greys = new Uint32Array(noise.data.buffer);
    const paint = () => {
      pen.fillStyle = `rgb(${colour})`;
      pen.fillRect(0, 0, width, height / 2);
      for (let i = 0; i < greys.length; i++) greys[i] = 0xff000000 | (0x010101 * (96 + Math.floor(Math.random() * 64)));
      pen.putImageData(noise, 0, height / 2);
    };
    paint();
    const [track] = canvas.captureStream().getVideoTracks();
    const timer = setInterval(() => (track.readyState === 'live' ? paint() : clearInterval(timer)), 1000 / FPS);
    return track;
  }
}
