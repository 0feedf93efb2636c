// Pictures in layers that are left out by the server: scalable video coding, which the client uses from three on.
import { after, before, test } from 'node:test';

import { LARGE } from '../rig/media.js';
import { Scene } from '../rig/scene.js';

/** The browser leaves sizes out until its estimate of the network allows them, which without loss grows by 8 % a second. */
const GROWING_MS = 60_000;

let scene;
before(async () => {
  scene = await Scene.setWithPictures(LARGE, 'Ada', 'Bob', 'Eve');
});
after(() => scene?.strike());

// The client sends layers of AV1 in shares only, because decoding many of them costs too much.
// Of the three sizes of VP9 the browser leaves out what its estimate of the network does not allow.
for (const [codec, mode] of [['video/VP9', /^L[23]T3$/], ['video/AV1', /^L1T1$/]]) {
  test(`${codec} pictures in layers are seen by two others`, async (t) => {
    const [, ada, bob, eve] = await scene.meeting(t);
    const all = [ada, bob, eve];
    await Promise.all(all.map((guest) => guest.join({ svc: true, codec })));
    await Promise.all(all.map((guest) => guest.lists(...all)));
    await ada.startVideo();
    await Promise.all([bob.sees(ada), eve.sees(ada)]);
    const sent = () => ada.do('sentVideo');
    await ada.until(async () => mode.test((await sent())?.scalabilityMode), `sends ${mode.source}`, sent, GROWING_MS);
    for (const guest of [bob, eve]) {
      await guest.until(async () => (await guest.do('videoCodecs')).join() === codec, `gets ${codec}`);
    }
    await Promise.all([bob.sees(ada), eve.sees(ada)]);
  });
}

test('a share in AV1 comes in layers of time, and is seen by two others', async (t) => {
  const [, ada, bob, eve] = await scene.meeting(t);
  const all = [ada, bob, eve];
  await Promise.all(all.map((guest) => guest.join()));
  await Promise.all(all.map((guest) => guest.lists(...all)));
  await ada.share({ svc: true, codec: 'video/AV1' });
  await Promise.all([bob.seesShares(ada), eve.seesShares(ada)]);
  const sent = () => ada.do('sentShare');
  await ada.until(async () => (await sent())?.scalabilityMode === 'L1T3', 'shares in L1T3', sent);
  await bob.until(async () => (await bob.do('videoCodecs')).join() === 'video/AV1', 'gets video/AV1');
});
