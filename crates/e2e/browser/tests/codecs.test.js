// Pictures in each codec that browsers and the native client share.
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob', 'Eve');
});
after(() => scene?.strike());

for (const codec of ['video/VP8', 'video/H264', 'video/VP9', 'video/AV1']) {
  test(`${codec} pictures arrive both ways`, async (t) => {
    const [, ada, bob] = await scene.meeting(t, 2);
    await Promise.all([ada.join({ codec }), bob.join({ codec })]);
    await Promise.all([ada.started(), bob.started()]);
    await Promise.all([ada.startVideo(), bob.startVideo()]);
    await Promise.all([ada.sees(bob), bob.sees(ada)]);
    // The client asks the browser for its counters once a second, so they follow what is seen.
    for (const guest of [ada, bob]) {
      await guest.until(async () => (await guest.do('videoCodecs')).join() === codec, `gets ${codec}`);
    }
  });
}

test('who decodes less is sent what it decodes, and the others get the better codec again when it is gone', async (t) => {
  const [, ada, bob, eve] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await ada.startVideo();
  await bob.sees(ada);
  const sends = async (codec) => {
    const sent = async () => (await ada.do('sentVideo'))?.codec;
    await ada.until(async () => (await sent()) === codec, `sends ${codec}`, sent);
  };
  await sends('video/VP9');
  await eve.do('knowOnly', 'video/VP8');
  await eve.join();
  await sends('video/VP8');
  await Promise.all([eve.sees(ada), bob.sees(ada)]);
  await eve.do('leave');
  await sends('video/VP9');
  await bob.sees(ada);
});
