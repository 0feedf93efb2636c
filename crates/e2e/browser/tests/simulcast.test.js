// Pictures sent in several sizes at once.
import { after, before, test } from 'node:test';

import { LARGE } from '../rig/media.js';
import { Scene } from '../rig/scene.js';

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
  await ada.until(both, 'sends a low and a high layer', layers);
  await Promise.all([bob.sees(ada), eve.sees(ada)]);
});
