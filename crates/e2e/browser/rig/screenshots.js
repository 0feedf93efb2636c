// Takes pictures of the page, `node rig/screenshots.js FOLDER`: three people, of whom one shares, on every kind of screen.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Scene } from './scene.js';
import { Visitor } from './visitor.js';

const SCREENS = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const SCHEMES = ['light', 'dark'];
const CODES = ['bako-rilu-temo', 'desi-mofa-nulo', 'gati-pesu-vero', 'hubo-lina-zame'];
/** Panels beside the tiles by the key that opens them, and what is in each when it is ready. */
const PANELS = [
  ['p', 'people', 'Eve Curie'],
  [',', 'settings', 'Your microphone'],
  ['i', 'statistics', 'Round trip'],
  ['?', 'shortcuts', 'Use single keys'],
];

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('say where the pictures go: node rig/screenshots.js FOLDER');
await mkdir(folder, { recursive: true });

const scene = await Scene.set('Ada', 'Bob', 'Eve');
try {
  const looks = Object.keys(SCREENS).flatMap((screen) => SCHEMES.map((colorScheme) => ({ screen, colorScheme })));
  for (const [number, { screen, colorScheme }] of looks.entries()) {
    const suffix = `${screen}-${colorScheme}`;
    await portray(`/m/${CODES[number]}`, suffix, { viewport: SCREENS[screen], colorScheme, hasTouch: screen === 'phone' });
  }
} finally {
  await scene.strike();
}

/** Takes all the pictures of one look in a meeting of its own. */
async function portray(path, suffix, look) {
  const bob = await visit(1, path);
  const eve = await visit(2, path);
  await bob.enter('Bob Kahn');
  await eve.enter('Eve Curie');
  await eve.button('Mute').click();
  await bob.button('Share').click();
  await bob.button('Stop sharing').waitFor();

  const ada = await visit(0, '/', look);
  const picture = (name) => ada.page.screenshot({ path: join(folder, `${name}-${suffix}.png`) });
  await ada.button('New meeting').waitFor();
  await picture('home');

  await ada.page.goto(address(path));
  await ada.page.getByLabel('Your name').fill('Ada Lovelace');
  await ada.button('Turn camera off').waitFor();
  await ada.until(() => ada.page.getByLabel('Your picture').evaluate((video) => video.videoWidth > 0), 'is in the mirror');
  await picture('before-join');

  await ada.button('Join').click();
  for (const tile of ['Bob Kahn: screen', 'Bob Kahn', 'Eve Curie', 'Ada Lovelace']) {
    await ada.until(() => ada.showing(tile), `sees ${tile}`);
  }
  await picture('room');

  await ada.write('Good morning! Can everybody see the slides?');
  await bob.write('Loud and clear.');
  await ada.write('The numbers are at https://example.org/report');
  await ada.page.getByText('Loud and clear.').waitFor();
  await picture('chat');

  for (const [key, name, text] of PANELS) {
    await ada.page.keyboard.press('Escape');
    await ada.page.keyboard.press(key);
    await ada.page.locator('aside').getByText(text).waitFor();
    await picture(name);
  }
  for (const { page } of [ada, bob, eve]) await page.context().close();
}

function address(path) {
  return new URL(path, scene.service.endpoint).href;
}

function visit(number, path, look) {
  return Visitor.come(scene.browsers[number], address(path), look);
}
