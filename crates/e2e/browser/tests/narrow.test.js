// A path that does not take everything: pictures fit themselves to it, the sound does not suffer, and all comes back.
import { after, before, test } from 'node:test';

import { LARGE } from '../rig/media.js';
import { Scene } from '../rig/scene.js';

const NARROW_KBPS = 600;
/** A client's own estimate of its uplink takes as long to grow. */
const PATIENCE_MS = 60_000;
/** What is made up of the sound over a few seconds, at most: one packet of two hundred and its surroundings. */
const CONCEALED = 0.02;

let scene;
before(async () => {
  scene = await Scene.setWithPictures(LARGE, 'Ada', 'Bob', 'Eve');
});
after(() => scene?.strike());

test('the only publisher follows the path of its only viewer down and up again', async (t) => {
  const [, ada, bob] = await scene.meeting(t, 2);
  const weather = await scene.weatherFor(t, bob);
  await Promise.all([ada.join(), bob.join()]);
  await ada.startVideo();
  await bob.sees(ada);
  const target = async () => (await ada.do('sentTarget')) / 1_000;
  const reaches = (what, fact) => ada.until(async () => fact(await target()), what, target, PATIENCE_MS);
  await reaches('sends well over a wide path', (kbps) => kbps > 1_000);

  weather.narrow(NARROW_KBPS);
  const squeezed = Date.now();
  await reaches('is asked for what the narrow path takes', (kbps) => kbps < NARROW_KBPS);
  t.diagnostic(`followed down within ${Date.now() - squeezed} ms`);
  await bob.sees(ada);
  let concealed;
  const undisturbed = async () => (concealed = await bob.concealedShare()) < CONCEALED;
  await bob.until(undisturbed, 'hears what is sent once the queue is empty', () => concealed);
  t.diagnostic(`of the sound that Bob is given, ${(100 * concealed).toFixed(1)} % is made up`);
  await Promise.all([bob.hears('Ada'), bob.sees(ada)]);

  weather.narrow(Infinity);
  const widened = Date.now();
  await reaches('sends well again', (kbps) => kbps > 1_000);
  t.diagnostic(`followed up within ${Date.now() - widened} ms`);
  await bob.sees(ada);
});

test('of a picture in two sizes the small one goes over a narrow path, and the large one to others', async (t) => {
  const [, ada, bob, eve] = await scene.meeting(t);
  const weather = await scene.weatherFor(t, bob);
  const simulcast = { simulcast: true };
  await Promise.all([ada, bob, eve].map((guest) => guest.join(simulcast)));
  await Promise.all([ada, bob, eve].map((guest) => guest.started()));
  await ada.startVideo();
  const sees = (guest, width) => {
    const seen = async () => (await guest.tileOf(ada))?.size[0];
    return guest.until(async () => (await seen()) === width, `sees Ada ${width} wide`, seen, PATIENCE_MS);
  };
  await Promise.all([bob, eve].map((guest) => sees(guest, LARGE.width)));
  weather.narrow(NARROW_KBPS);
  await sees(bob, LARGE.width / 4);
  await Promise.all([bob.hears('Ada', 'Eve'), bob.sees(ada), sees(eve, LARGE.width)]);
  weather.narrow(Infinity);
  await sees(bob, LARGE.width);
});
