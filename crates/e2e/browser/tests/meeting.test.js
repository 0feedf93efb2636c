// A meeting as its members hear and see it, each in an own Chromium with the unmodified client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob', 'Eve');
});
after(() => scene?.strike());

test('two hear each other, and nobody hears the own voice', async (t) => {
  const [, ada, bob] = await scene.meeting(t, 2);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await Promise.all([ada.lists(ada, bob), bob.lists(ada, bob)]);
  const [heardByAda, heardByBob] = await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
  t.diagnostic(`dB of full scale: Ada hears ${JSON.stringify(heardByAda)}, Bob hears ${JSON.stringify(heardByBob)}`);
});

test('each of three hears the other two, and sees each in the right tile', async (t) => {
  const [, ...all] = await scene.meeting(t);
  const others = (guest) => all.filter((other) => other !== guest);
  await Promise.all(all.map((guest) => guest.join()));
  await Promise.all(all.map((guest) => guest.started()));
  await Promise.all(all.map((guest) => guest.hears(...others(guest).map(({ name }) => name))));
  await Promise.all(all.map((guest) => guest.startVideo()));
  await Promise.all(all.map((guest) => guest.sees(...others(guest))));

  const [ada, bob, eve] = all;
  await eve.do('stopVideo');
  await Promise.all([ada.sees(bob), bob.sees(ada), eve.sees(ada, bob)]);
  await eve.startVideo();
  await Promise.all([ada.sees(bob, eve), bob.sees(ada, eve)]);
});

test('muting is heard and listed, and so is unmuting', async (t) => {
  const [, ada, bob] = await scene.meeting(t, 2);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.hears('Bob'), bob.hears('Ada'), bob.listsMuted(ada, false)]);
  await ada.do('mute');
  await Promise.all([bob.listsMuted(ada, true), ada.listsMuted(ada, true), bob.hears()]);
  assert.ok(await ada.do('unmute'));
  await Promise.all([bob.listsMuted(ada, false), bob.hears('Ada')]);
});

test('who leaves is gone from lists, tiles and ears, and has Left', async (t) => {
  const [, ada, bob] = await scene.meeting(t, 2);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await ada.startVideo();
  await Promise.all([bob.sees(ada), bob.hears('Ada')]);
  await ada.do('leave');
  await Promise.all([ada.ended('Left'), bob.lists(bob), bob.sees(), bob.hears()]);
  assert.ok(ada.conversation.heard('LEAVE_ACK'), 'the client waits for an answer to LEAVE');
});

test('who joins without a microphone hears and sees all the same', async (t) => {
  const [, ada, bob] = await scene.meeting(t, 2);
  await Promise.all([ada.join(), bob.join({ microphone: false })]);
  await Promise.all([ada.started(), bob.started()]);
  await ada.startVideo();
  await Promise.all([bob.hears('Ada'), bob.sees(ada), ada.hears()]);
});
