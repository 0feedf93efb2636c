// Sound over a path that loses packets: both sides send it as RED (RFC 2198), with copies of earlier frames under loss.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';
import { until } from '../rig/until.js';

/** The numbers under which Chromium 156 offers them. */
const RED = 63;
const OPUS = 111;
const LOSS = 0.2;
/** Packets of a second: enough to tell their mean size. */
const SAMPLE = 50;
/** Loss is told in reports every few seconds, and the client averages it over five. */
const PATIENCE_MS = 40_000;

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

test('a clean path carries no copies, and one that loses packets does both ways', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  const weather = await scene.weatherFor(t, ada);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);

  const [cleanUp, cleanDown] = [`up ${RED}`, `down ${OPUS}`];
  await sample(weather, cleanUp, cleanDown);
  const clean = weather.counts;
  assert.deepEqual(Object.keys(clean).sort(), [cleanDown, cleanUp], JSON.stringify(clean));
  t.diagnostic(`bytes a packet on a clean path: up ${mean(clean[cleanUp])}, down ${mean(clean[cleanDown])}`);

  weather.lose(LOSS);
  const lossy = `down ${RED}`;
  const copies = async () => {
    // The client copies speech alone, and a tone passes for speech only while it is new.
    await ada.do('mute');
    await sample(weather, cleanUp);
    await ada.do('unmute');
    await sample(weather, cleanUp);
    const { [cleanUp]: up, [cleanDown]: plain, [lossy]: copied } = weather.counts;
    return mean(up) > 1.6 * mean(clean[cleanUp]) && copied !== undefined && plain === undefined;
  };
  await until(copies, 'copies go both ways', () => weather.counts, PATIENCE_MS);
  const { [cleanUp]: up, [lossy]: down } = weather.counts;
  t.diagnostic(`bytes a packet with ${100 * LOSS} % lost: up ${mean(up)}, down ${mean(down)}`);
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
  let concealed;
  const replaced = async () => (concealed = await ada.concealedShare()) < LOSS * 0.75;
  await ada.until(replaced, 'hears copies in the place of what is lost', () => concealed);
  t.diagnostic(`of the sound that Ada is given, ${(100 * concealed).toFixed(1)} % is made up`);
});

/** Waits until a second's packets of each of these kinds have passed. */
async function sample(weather, ...kinds) {
  weather.reset();
  await until(() => kinds.every((kind) => weather.counts[kind]?.packets >= SAMPLE), `a second of ${kinds.join(' and ')} passes`, () => weather.counts);
}

function mean({ packets, bytes }) {
  return Math.round(bytes / packets);
}
