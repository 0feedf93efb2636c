import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { CAST } from './browser.js';
import { Conversation } from './conversation.js';
import { colourName } from './senses.js';
import { HANG_MS, until } from './until.js';

/** What a visitor shares is painted in the upper half with this colour; slides have a picture below it. */
const SHARED = { width: 640, height: 360 };

/** The browser cleans voices of what it takes for noise, tones among them; what is left is enough to tell them. */
const AUDIBLE_DB = -50;

/** The client's own log calls things errors that are none, such as a meeting without relays. */
const CLIENT_LOG = /^\d{4}-\d\d-\d\dT[\d:.]+Z \[ERROR\] (?:devices|meeting) - (?!Security Policy Violation)/;

/**
 * The client leaves promises to nobody, and some are rejected in good order, such as when a connection goes away under what
 * it was asked last. So of what nobody caught only what the page's own code threw counts: the client has files of its own.
 */
const OF_PAGE = /\/assets\/main-/;
/** The first place with an address that a stack names; what browsers reject without a script at work has none. */
const PLACE = /^\s+at .*?(https?:\S+)/m;

/** Somebody on the demo page. */
export class Visitor {
  static async come(browser, url, { refuse = false, ...options } = {}) {
    const context = await browser.process.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(HANG_MS);
    const visitor = new Visitor(browser.name, page);
    await page.addInitScript(screenOf, { ...SHARED, colour: CAST[browser.name].colour });
    if (refuse) await page.addInitScript(refuseDevices);
    await page.goto(url);
    return visitor;
  }

  constructor(name, page) {
    Object.assign(this, { name, page, complaints: [], conversation: new Conversation(page) });
    page.on('console', (message) => {
      const ofClient = CLIENT_LOG.test(message.text());
      if (message.type() === 'error' && !ofClient) this.complaints.push(message.text());
    });
    page.on('pageerror', ({ message, stack }) => {
      if (OF_PAGE.test(PLACE.exec(stack)?.[1])) this.complaints.push(message);
    });
  }

  /** The tile with this name on it. */
  tile(name) {
    return this.page.locator('figure', { hasText: new RegExp(`${name}( \\(you\\))?$`) });
  }

  /** Whether a tile shows a picture. */
  showing(name) {
    return this.tile(name).locator('video').evaluate((video) => !video.hidden && video.videoWidth > 0);
  }

  /** Types a name, goes in, and gives back what the server gave the page. */
  async enter(name) {
    const answer = this.page.waitForResponse(/\/demo\/meetings\//);
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByRole('button', { name: 'Join' }).click();
    const admission = await (await answer).json();
    await this.until(() => this.button('Leave').isVisible(), 'is in the room');
    return admission;
  }

  /** The button with exactly this name. */
  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  heading(name) {
    return this.page.getByRole('heading', { name });
  }

  /** Walks by Tab alone to the element that fits, and fails where that never comes. */
  async walkTo(role, name) {
    for (let step = 0; step < 40; step++) {
      if (await this.isAt(role, name)) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`${name} is not reached by the Tab key`);
  }

  /** Whether the keyboard's focus is there. */
  isAt(role, name) {
    return this.page.getByRole(role, { name, exact: true }).evaluate((element) => element === document.activeElement);
  }

  /** Whether what has the focus is marked. */
  focusShows() {
    return this.page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
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

  /** How far the meter of the own microphone is out, in percent. */
  async microphoneLevel() {
    return Number(await this.page.getByRole('meter', { name: 'Microphone level' }).getAttribute('aria-valuenow'));
  }

  /** Opens the chat where it is closed, and writes to everyone. */
  async write(text) {
    const field = this.page.getByRole('textbox', { name: 'Message' });
    if (!(await field.isVisible())) await this.page.getByRole('button', { name: /^Chat/ }).click();
    await field.fill(text);
    await this.page.keyboard.press('Enter');
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

/** Runs in the page: the browser says no, as a person would who clicks so. */
function refuseDevices() {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
}

/** Runs in the page: a screen to share, which a browser without a display has not. */
function screenOf({ width, height, colour }) {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d');
    let step = 0;
    const paint = () => {
      pen.fillStyle = `rgb(${colour})`;
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = '#fff';
      for (let bar = 0; bar < 5; bar++) pen.fillRect(60 + bar * 110, height - 30, 70, -(30 + ((bar * 37 + step) % 110)));
      step += 1;
    };
    paint();
    const timer = setInterval(paint, 100);
    const stream = canvas.captureStream(10);
    const [track] = stream.getVideoTracks();
    const stop = track.stop.bind(track);
    track.stop = () => {
      clearInterval(timer);
      stop();
    };
    return stream;
  };
}

/** Whether a tile shows the colour of this member of the cast. */
export async function see(tile, name) {
  return seeOn(tile.locator('video'), name);
}

/** Whether a video element shows it. */
export async function seeOn(video, name) {
  const colour = await video.evaluate((element) => {
    if (!element.videoWidth) return null;
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    context.drawImage(element, 0, 0, element.videoWidth, element.videoHeight / 2, 0, 0, 1, 1);
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
