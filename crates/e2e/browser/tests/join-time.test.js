// How long it takes to be in and to hear, from the moment an application asks for an attendee.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';
import { HANG_MS, median } from '../rig/until.js';

const JOINS = 10;

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

test('the second of two is in and hears the first', async (t) => {
  const started = [];
  const heard = [];
  const [meeting, ada] = await scene.meeting(t, 1);
  await ada.join();
  await ada.started();
  for (let round = 0; round < JOINS; round++) {
    const bob = await scene.guest(1, meeting);
    await bob.join();
    await bob.until(async () => (await bob.state()).soundSince !== null, 'hears something');
    const { startedAt, soundSince } = await bob.state();
    started.push(startedAt - bob.wishedAt);
    heard.push(soundSince - bob.wishedAt);
    await bob.do('leave');
    await bob.ended('Left');
    await bob.page.context().close();
  }
  t.diagnostic(`CreateAttendee sent to audioVideoDidStart: median ${median(started)} ms of ${started.join(' ')}`);
  t.diagnostic(`CreateAttendee sent to first sound: median ${median(heard)} ms of ${heard.join(' ')}`);
  assert.ok(Math.max(...started, ...heard) < HANG_MS);
});
