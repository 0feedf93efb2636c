// The server goes, by accident or on purpose, and its clients come back to its successor by themselves.
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';
import { median } from '../rig/until.js';

const CRASHES = 3;

let scene;
before(async () => {
  scene = await Scene.setDurable('Ada', 'Bob');
});
after(() => scene?.strike());

/** Waits until both are in again, and are no zombies: they hear each other, know who is there, and can be told things. */
async function together(...guests) {
  const [ada, bob] = guests;
  for (const guest of guests) await guest.until(async () => (await guest.state()).phase === 'started', 'is in again');
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
  const heard = performance.now();
  await Promise.all(guests.map((guest) => guest.lists(...guests)));
  await ada.do('say', 'test', `${heard}`);
  await bob.until(async () => (await bob.do('said')).at(-1)?.text === `${heard}`, 'is told something');
  return heard;
}

/** Waits until all have noticed that the server they know is gone. */
async function lost(...guests) {
  const noticed = async (guest) => (await guest.state()).phase === 'reconnecting';
  await Promise.all(guests.map((guest) => guest.until(() => noticed(guest), 'is on the way back')));
}

test('both are back after a crash, with sound and pictures', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
  await ada.startVideo();
  await bob.sees(ada);
  const took = [];
  for (let round = 0; round < CRASHES; round++) {
    const begin = performance.now();
    await scene.service.crash();
    await lost(ada, bob);
    await scene.service.restart();
    took.push(Math.round((await together(ada, bob)) - begin));
    await bob.sees(ada);
  }
  t.diagnostic(`kill -9 to both heard again: median ${median(took)} ms of ${took.join(' ')}`);
});

test('a server that is told to go sends its clients to its successor', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
  const begin = performance.now();
  const gone = scene.service.goAway();
  await lost(ada, bob);
  t.diagnostic(`SIGTERM to both on the way back: ${Math.round(performance.now() - begin)} ms`);
  await gone;
  await scene.service.restart();
  t.diagnostic(`SIGTERM to both heard again: ${Math.round((await together(ada, bob)) - begin)} ms`);
});
