import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

test('the server says something to everybody, and to who comes later', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  await ada.join();
  await ada.started();
  await scene.api.announce(meeting, { Topic: 'test', Data: 'pause in 5 min', LifetimeMs: 60_000 });
  await bob.join();
  for (const guest of [ada, bob]) {
    await guest.until(async () => (await guest.do('said')).length === 1, 'is told by the server');
    assert.deepEqual(await guest.do('said'), [{ text: 'pause in 5 min', from: '', throttled: false }]);
    assert.deepEqual(await guest.do('senders'), ['']);
  }
});
