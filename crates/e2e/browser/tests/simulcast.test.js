// Pictures sent in several sizes at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { LARGE } from '../rig/media.js';
import { Scene } from '../rig/scene.js';

/** The large layer comes once the estimates of the network allow, which without loss grow by 8 % a second. */
const GROWING_MS = 60_000;

let scene;
before(async () => {
  scene = await Scene.setWithPictures(LARGE, 'Ada', 'Bob', 'Eve');
});
after(() => scene?.strike());

test('simulcast pictures arrive, and go on when a third makes the client send other layers', async (t) => {
  const [, ...all] = await scene.meeting(t);
  const [ada, bob, eve] = all;
  await Promise.all([ada.join({ simulcast: true }), bob.join({ simulcast: true })]);
  await Promise.all([ada.started(), bob.started()]);
  await ada.startVideo();
  await bob.sees(ada);
  await eve.join({ simulcast: true });
  await Promise.all([bob.sees(ada), eve.sees(ada)]);
  const layers = () => ada.do('sentLayers');
  const both = async () => ((l) => l.low > 0 && l.hi > 0)(await layers());
  await ada.until(both, 'sends a low and a high layer', layers, GROWING_MS);
  await Promise.all([bob.sees(ada), eve.sees(ada)]);
});

test('a picture comes as large as it is wanted, and changes without another offer', async (t) => {
  const [, ada, bob, eve] = await scene.meeting(t);
  await Promise.all([ada.join({ simulcast: true }), bob.join(), eve.join({ policy: 'None' })]);
  await eve.lists(ada, bob, eve);
  await ada.startVideo();
  await Promise.all([eve.sees(ada), bob.sees(ada)]);
  const width = async () => (await eve.tileOf(ada)).size[0];
  const seesWidth = (pixels) => eve.until(async () => (await width()) === pixels, `sees Ada ${pixels} pixels wide`, width, GROWING_MS);
  const layers = () => ada.do('sentLayers');
  await ada.until(async () => (await layers()).hi > 0, 'sends the large layer', layers, GROWING_MS);
  await seesWidth(LARGE.width);
  const offers = eve.conversation.sent('SUBSCRIBE').length;
  for (const [size, pixels] of [['Low', LARGE.width / 4], ['High', LARGE.width]]) {
    const updates = eve.conversation.sent('REMOTE_VIDEO_UPDATE').length;
    await eve.do('prefer', [ada.wanted(1, size)]);
    await seesWidth(pixels);
    assert.ok(eve.conversation.sent('REMOTE_VIDEO_UPDATE').length > updates);
  }
  await eve.sees(ada);
  assert.equal(eve.conversation.sent('SUBSCRIBE').length, offers);
});
