// A path that does not take everything: pictures fit themselves to it, the sound does not suffer, and all comes back.
import { after, before, test } from 'node:test';

import { LARGE } from '../rig/media.js';
import { Scene } from '../rig/scene.js';
import { Weather } from '../rig/weather.js';
import { Wire } from '../rig/wire.js';

const NARROW_KBPS = 600;
/** A client's own estimate of its uplink takes as long to grow. */
const PATIENCE_MS = 30_000;
/** What is made up of the sound over a few seconds, at most: one packet of two hundred and its surroundings. */
const CONCEALED = 0.02;

let scene;
before(async () => {
  scene = await Scene.setWithPictures(LARGE, 'Ada', 'Bob');
});
after(() => scene?.strike());

test('the only publisher follows the path of its only viewer down and up again', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  const weather = await Weather.over(scene.service.media);
  const wire = await Wire.to(meeting.MediaPlacement.SignalingUrl.replace('ws:', 'http:'), weather.substitutions);
  t.after(() => {
    wire.close();
    weather.close();
  });
  bob.meeting = wire.meeting(meeting);
  await Promise.all([ada.join(), bob.join()]);
  await ada.startVideo();
  await bob.sees(ada);
  const target = async () => ((await ada.do('sentVideo'))?.targetBitrate ?? 0) / 1_000;
  const reaches = (what, fact) => ada.until(async () => fact(await target()), what, target, PATIENCE_MS);
  await reaches('sends well over a wide path', (kbps) => kbps > 1_000);

  weather.narrow(NARROW_KBPS);
  const squeezed = Date.now();
  await reaches('is asked for what the narrow path takes', (kbps) => kbps < NARROW_KBPS);
  t.diagnostic(`followed down within ${Date.now() - squeezed} ms`);
  await bob.sees(ada);
  let concealed;
  const undisturbed = async () => (concealed = await concealedShare(bob)) < CONCEALED;
  await bob.until(undisturbed, 'hears what is sent once the queue is empty', () => concealed);
  t.diagnostic(`of the sound that Bob is given, ${(100 * concealed).toFixed(1)} % is made up`);
  await Promise.all([bob.hears('Ada'), bob.sees(ada)]);

  weather.narrow(Infinity);
  const widened = Date.now();
  await reaches('sends well again', (kbps) => kbps > 1_000);
  t.diagnostic(`followed up within ${Date.now() - widened} ms`);
  await bob.sees(ada);
});

/** How much of a few seconds' sound was made up by the browser because it never came. */
async function concealedShare(guest) {
  const before = await guest.do('receivedSound');
  let now;
  await guest.until(async () => {
    now = await guest.do('receivedSound');
    return now.totalSamplesReceived - before.totalSamplesReceived > 4 * 48_000;
  }, 'has listened for four seconds');
  return (now.concealedSamples - before.concealedSamples) / (now.totalSamplesReceived - before.totalSamplesReceived);
}
