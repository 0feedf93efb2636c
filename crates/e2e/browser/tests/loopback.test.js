// Proves the rig itself: three browsers at once, each calling itself, with the tone and the colour it was given.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Browser, CAST } from '../rig/browser.js';
import { colourName, heardTones } from '../rig/senses.js';
import { until } from '../rig/until.js';

const TONES = Object.values(CAST).map(({ tone }) => tone);
let browsers = [];

before(async () => {
  browsers = await Promise.all(Object.keys(CAST).map((name) => Browser.launch(name)));
});
after(() => Promise.all(browsers.map((browser) => browser.close())));

test('ears and eyes tell every tone and colour from the others', async () => {
  await Promise.all(
    browsers.map(async (browser) => {
      const page = await browser.openHarness();
      await page.evaluate(() => window.loopback.start());
      const hear = () => page.evaluate((tones) => window.loopback.hear(tones), TONES);
      const look = () => page.evaluate(() => window.loopback.see());
      const { tone } = CAST[browser.name];

      await until(async () => heardTones(await hear()).join() === `${tone}`, `${browser.name} hears ${tone} Hz only`, hear);
      await until(async () => colourName(await look()) === browser.name, `${browser.name} sees the own colour`, look);
      const { frames } = await look();
      await until(async () => (await look()).frames > frames + 10, `${browser.name} sees the picture move`, look);
      await page.evaluate(() => window.loopback.mute(true));
      await until(async () => heardTones(await hear()).length === 0, `${browser.name} hears nothing when muted`, hear);
      assert.equal(colourName(await look()), browser.name);
      await page.context().close();
    }),
  );
});
