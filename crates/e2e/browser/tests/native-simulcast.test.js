// Pictures that a native client sends in several sizes at once, as browsers see them.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CAST } from '../rig/browser.js';
import { writePicture } from '../rig/media.js';
import { Native } from '../rig/native.js';
import { Scene } from '../rig/scene.js';

/** Two sizes of this are cheap enough to encode beside two browsers. */
const SIZE = { width: 640, height: 360 };
/** Enough for the small size, and too little for the large one beside it. */
const NARROW_KBPS = 600;
/** What a path takes is found out in steps, also where a busy machine makes it look narrow. */
const PATIENCE_MS = 60_000;

let scene;
let folder;
let picture;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
  folder = await mkdtemp(join(tmpdir(), 'carillon-picture-'));
  picture = await writePicture(folder, CAST.Eve.colour, SIZE);
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await scene?.strike();
});

/** A meeting with browsers outside of its door, and natives beside them, of whom Eve comes first and sends several sizes. */
async function meeting(t, browsers, ...names) {
  const [place, ...guests] = await scene.meeting(t, browsers);
  const natives = ['Eve', ...names].map((name) => new Native(name, scene.api, place));
  for (const native of natives) t.after(() => native.close());
  const [eve] = natives;
  const layers = () => eve.told('layers').at(-1)?.layers;
  const sends = (wanted) => eve.until(() => layers() === wanted, `sends ${wanted}`, PATIENCE_MS);
  return [sends, ...natives, ...guests];
}

const comes = (eve) => eve.join({ video: `file:${picture}`, simulcast: true });

test('browsers see the size they want, and change it without another offer', async (t) => {
  const [sends, eve, ada, bob] = await meeting(t, 2);
  const sees = async (guest, pixels) => {
    const width = async () => (await guest.tileOf(eve))?.size[0];
    await guest.until(async () => (await width()) === pixels, `sees Eve ${pixels} pixels wide`, width, PATIENCE_MS);
    await guest.sees(eve);
  };
  await Promise.all([ada.join({ policy: 'None' }), bob.join({ policy: 'None' }), comes(eve)]);
  await Promise.all([ada.started(), bob.started(), eve.started()]);
  await sends('low_and_high');
  await Promise.all([sees(ada, SIZE.width), sees(bob, SIZE.width)]);
  const offers = ada.conversation.sent('SUBSCRIBE').length;
  for (const [small, large] of [[ada, bob], [bob, ada]]) {
    await Promise.all([small.do('prefer', [eve.wanted(1, 'Low')]), large.do('prefer', [eve.wanted(1, 'High')])]);
    await Promise.all([sees(small, SIZE.width / 4), sees(large, SIZE.width)]);
  }
  assert.equal(ada.conversation.sent('SUBSCRIBE').length, offers);
  await bob.do('leave');
  await sends('medium');
  await sees(ada, SIZE.width);
});

test('on a narrow path the small size remains, and the large one comes back with the path', async (t) => {
  const [sends, eve, ada, bob] = await meeting(t, 0, 'Ada', 'Bob');
  const sees = async (viewer, pixels) => {
    await viewer.until(() => viewer.stats?.pictures[0]?.width === pixels, `sees Eve ${pixels} pixels wide`, PATIENCE_MS);
    await viewer.sees(eve);
  };
  const weather = await scene.weatherFor(t, eve);
  await Promise.all([ada.join(), bob.join(), comes(eve)]);
  await Promise.all([ada.started(), bob.started(), eve.started()]);
  await sends('low_and_high');
  await Promise.all([sees(ada, SIZE.width), sees(bob, SIZE.width)]);
  weather.narrow(NARROW_KBPS, 'up');
  await sends('low');
  await Promise.all([sees(ada, SIZE.width / 4), sees(bob, SIZE.width / 4), ada.hears('Bob', 'Eve')]);
  weather.narrow(Infinity, 'up');
  await sends('low_and_high');
  await Promise.all([sees(ada, SIZE.width), sees(bob, SIZE.width)]);
});

test('lost packets of each size are sent once more', async (t) => {
  const [sends, eve, bob, ada] = await meeting(t, 1, 'Bob');
  const weather = await scene.weatherFor(t, eve);
  await Promise.all([ada.join({ policy: 'None' }), bob.join(), comes(eve)]);
  await Promise.all([ada.started(), bob.started(), eve.started()]);
  await sends('low_and_high');
  await ada.do('prefer', [eve.wanted(1, 'Low')]);
  const width = async () => (await ada.tileOf(eve))?.size[0];
  await ada.until(async () => (await width()) === SIZE.width / 4, 'sees the small size', width, PATIENCE_MS);
  await bob.until(() => bob.stats?.pictures[0]?.width === SIZE.width, 'sees the large size', PATIENCE_MS);
  weather.reset();
  weather.lose(0.05);
  await bob.until(() => weather.counts['up 103']?.packets > 20, 'has been sent repairs');
  await Promise.all([ada.sees(eve), bob.sees(eve)]);
});
