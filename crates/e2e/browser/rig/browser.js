import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { bundleHarness, HARNESS_URL } from './harness.js';
import { writePicture, writeTone } from './media.js';

/** Everybody who may come: frequencies that are no multiples of each other, colours that no codec mixes up. */
export const CAST = {
  Ada: { tone: 440, colour: [200, 40, 40] },
  Bob: { tone: 700, colour: [40, 180, 40] },
  Eve: { tone: 1130, colour: [50, 50, 210] },
};

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--autoplay-policy=no-user-gesture-required',
];

/** One Chromium process with a microphone that plays a tone and a camera that shows a colour. */
export class Browser {
  /** @param {keyof CAST} name */
  static async launch(name, { permission = 'granted' } = {}) {
    const { tone, colour } = CAST[name];
    const folder = await mkdtemp(join(tmpdir(), 'carillon-browser-'));
    const flags = [
      ...FLAGS,
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${await writeTone(folder, tone)}`,
      `--use-file-for-fake-video-capture=${await writePicture(folder, colour)}`,
    ];
    if (permission === 'granted') flags.push('--use-fake-ui-for-media-stream');
    const executablePath = process.env.CARILLON_CHROMIUM ?? '/usr/bin/chromium';
    const process_ = await chromium.launch({ executablePath, args: flags });
    return new Browser(name, process_, folder);
  }

  constructor(name, process_, folder) {
    Object.assign(this, { name, process: process_, folder });
  }

  /** A fresh page with the harness on it. */
  async openHarness() {
    const page = await this.#page({});
    const html = await bundleHarness();
    await page.route(HARNESS_URL, (route) => route.fulfill({ contentType: 'text/html', body: html }));
    await page.goto(HARNESS_URL);
    return page;
  }

  /** A fresh page at an address of a real server. */
  async open(url, options = {}) {
    const page = await this.#page(options);
    await page.goto(url);
    return page;
  }

  async close() {
    await this.process.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #page(options) {
    const context = await this.process.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    return page;
  }
}
