// Over HTTPS and secure WebSockets, with a certificate of an authority of one's own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

let scene;
before(async () => {
  scene = await Scene.setSecure('Ada', 'Bob');
});
after(() => scene?.strike());

test('two who meet over TLS hear and see each other', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  assert.match(meeting.MediaPlacement.SignalingUrl, /^wss:/);
  assert.match(meeting.MediaPlacement.EventIngestionUrl, /^https:/);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
  await ada.startVideo();
  await bob.sees(ada);
});
