// Pictures in each codec that browsers and the native client share.
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

for (const codec of ['video/VP8', 'video/H264']) {
  test(`${codec} pictures arrive both ways`, async (t) => {
    const [, ada, bob] = await scene.meeting(t);
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
