import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { CAST } from './browser.js';
import { Conversation } from './conversation.js';
import { colourName } from './senses.js';
import { until } from './until.js';

/** The browser cleans voices of what it takes for noise, tones among them; what is left is enough to tell them. */
const AUDIBLE_DB = -50;

/** The client's own log calls things errors that are none, such as a meeting without relays. */
const CLIENT_LOG = /^\d{4}-\d\d-\d\dT[\d:.]+Z \[ERROR\] meeting - (?!Security Policy Violation)/;

/** Somebody on the demo page. */
export class Visitor {
  static async come(browser, url, options) {
    const page = await browser.open(url, options);
    return new Visitor(browser.name, page);
  }

  constructor(name, page) {
    Object.assign(this, { name, page, complaints: [], conversation: new Conversation(page) });
    page.on('console', (message) => {
      const ofClient = CLIENT_LOG.test(message.text());
      if (message.type() === 'error' && !ofClient) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
  }

  /** The tile with this name on it. */
  tile(name) {
    return this.page.locator('figure', { hasText: new RegExp(`${name}( \\(you\\))?$`) });
  }

  /** Types a name, goes in, and gives back what the server gave the page. */
  async enter(name) {
    const answer = this.page.waitForResponse(/\/demo\/meetings\//);
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByRole('button', { name: 'Join' }).click();
    const admission = await (await answer).json();
    await this.until(() => this.page.getByRole('button', { name: 'Leave' }).isVisible(), 'is in the room');
    return admission;
  }

  /** From here on the browser says no, as a person would who clicks so. */
  async refuseDevices() {
    await this.page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
    });
  }

  /** The levels of the cast's tones in what the page plays. */
  async levels() {
    if (!this.listening) {
      await this.page.evaluate(await earsForPages());
      this.listening = true;
    }
    return this.page.evaluate((tones) => window.ears.hear(tones), Object.values(CAST).map(({ tone }) => tone));
  }

  async hears(tone) {
    return (await this.levels())[tone] > AUDIBLE_DB;
  }

  /** Nothing sticks out of the window, and every button has a name. */
  async fits() {
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `the page is ${wide} pixels too wide`);
    for (const button of await this.page.getByRole('button').all()) assert.notEqual((await button.innerText()).trim(), '');
  }

  until(fact, what, more) {
    const evidence = async () => ({
      text: await this.page.locator('body').innerText(),
      conversation: this.conversation.lines,
      more: await more?.(),
    });
    return until(fact, `${this.name} ${what}`, evidence);
  }
}

/** Whether a tile shows the colour of this member of the cast. */
export async function see(tile, name) {
  const colour = await tile.locator('video').evaluate((video) => {
    if (!video.videoWidth) return null;
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight / 2, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  });
  return colourName({ colour }) === name;
}

/** The ears of the harness as a script for a page that has none. */
async function earsForPages() {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { Ears } from './ears.js'; window.ears = new Ears(document.querySelector('audio')); window.ears.ready();",
      resolveDir: fileURLToPath(new URL('../harness', import.meta.url)),
    },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  });
  return outputFiles[0].text;
}
