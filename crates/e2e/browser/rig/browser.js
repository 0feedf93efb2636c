import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { Firefox } from './firefox.js';
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

/** How each engine is started with a microphone that plays a tone and a camera that shows a colour. */
const ENGINES = { chromium: launchChromium, firefox: launchFirefox };

/** One browser process of one member of the cast. */
export class Browser {
  /**
   * @param {keyof CAST} name
   * @param {keyof ENGINES} engine
   */
  static async launch(name, size = SMALL, engine = 'chromium') {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-browser-'));
    const [harness, process_] = await Promise.all([serveHarness(), ENGINES[engine](folder, CAST[name], size)]);
    return new Browser({ name, size, folder, harness, process: process_ });
  }

  constructor(parts) {
    Object.assign(this, parts);
  }

  /** A fresh page with the harness on it. */
  openHarness() {
    // The certificates of the tests are of authorities that no browser knows.
    return this.open(this.harness.url, { ignoreHTTPSErrors: true });
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

async function launchChromium(folder, { tone, colour }, size) {
  const flags = [
    ...FLAGS,
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${await writeTone(folder, tone)}`,
    `--use-file-for-fake-video-capture=${await writePicture(folder, colour, size)}`,
  ];
  return chromium.launch({ executablePath: process.env.CARILLON_CHROMIUM ?? '/usr/bin/chromium', args: flags });
}

function launchFirefox(folder, cast, size) {
  return Firefox.launch(process.env.CARILLON_FIREFOX ?? '/usr/bin/firefox-esr', folder, cast, size);
}
