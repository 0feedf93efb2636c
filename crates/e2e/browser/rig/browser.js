import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { serveHarness } from './harness.js';
import { SMALL, writePicture, writeTone } from './media.js';
import { HANG_MS } from './until.js';

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
  static async launch(name, size = SMALL) {
    const { tone, colour } = CAST[name];
    const folder = await mkdtemp(join(tmpdir(), 'carillon-browser-'));
    const flags = [
      ...FLAGS,
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${await writeTone(folder, tone)}`,
      `--use-file-for-fake-video-capture=${await writePicture(folder, colour, size)}`,
    ];
    const executablePath = process.env.CARILLON_CHROMIUM ?? '/usr/bin/chromium';
    const [harness, process_] = await Promise.all([serveHarness(), chromium.launch({ executablePath, args: flags })]);
    return new Browser({ name, size, folder, harness, process: process_ });
  }

  constructor(parts) {
    Object.assign(this, parts);
  }

  /** A fresh page with the harness on it. */
  openHarness() {
    return this.open(this.harness.url);
  }

  /** A fresh page at an address. */
  async open(url, options = {}) {
    const context = await this.process.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(HANG_MS);
    await page.goto(url);
    return page;
  }

  async close() {
    this.harness.close();
    await this.process.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
