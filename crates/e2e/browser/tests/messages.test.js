import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';
import { Wire } from '../rig/wire.js';

/** More than a meeting takes at once, and less than gets a client cut off. */
const FLOOD = 400;

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

/** Waits until a guest has been told exactly this. */
async function told(guest, ...texts) {
  await guest.until(async () => {
    const said = await guest.do('said');
    return said.map(({ text }) => text).join('|') === texts.join('|');
  }, `is told ${texts.join(', ') || 'nothing'}`);
}

test('a message reaches the others in order, and not its sender', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  for (const text of ['one', 'two', 'three']) await ada.do('say', 'test', text);
  await told(bob, 'one', 'two', 'three');
  assert.deepEqual(await bob.do('said').then(([first]) => first), { text: 'one', from: 'Ada', throttled: false });
  await bob.do('say', 'test', 'back');
  await told(ada, 'back');
});

test('who talks too much is told which messages went nowhere', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await ada.page.evaluate((many) => {
    for (let number = 1; number <= many; number++) window.person.say('test', `${number}`);
  }, FLOOD);
  const texts = async (guest) => (await guest.do('said')).map(({ text }) => text);
  const told = async () => (await texts(ada)).length + (await texts(bob)).length;
  await ada.until(async () => (await told()) === FLOOD, 'knows of every message where it went', told);
  const returned = await ada.do('said');
  assert.ok(returned.length > 0 && returned.every(({ throttled, from }) => throttled && from === 'Ada'));
  const returnedTexts = returned.map(({ text }) => text);
  assert.ok((await texts(bob)).every((text) => !returnedTexts.includes(text)));
  assert.equal((await ada.state()).reconnects, 0);
});

test('a message with a lifetime is told to who comes later, one without is not', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await ada.join();
  await ada.started();
  await ada.do('say', 'test', 'kept', 60_000);
  await ada.do('say', 'test', 'gone');
  await bob.join();
  await bob.started();
  await ada.do('say', 'test', 'now');
  await told(bob, 'kept', 'now');
});

test('a broken signaling connection comes back unseen by the other, and misses nothing', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  const wire = await Wire.to(meeting.MediaPlacement.SignalingUrl);
  t.after(() => wire.close());
  ada.meeting = wire.meeting(meeting);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.lists(ada, bob), bob.lists(ada, bob), bob.hears(ada.name)]);
  await bob.do('watchRoster');
  wire.cut();
  await ada.until(async () => (await ada.state()).reconnects > 0, 'notices');
  await bob.do('say', 'test', 'meanwhile', 60_000);
  await ada.until(async () => (await ada.state()).phase === 'started', 'is back');
  await Promise.all([ada.lists(ada, bob), bob.hears(ada.name), ada.hears(bob.name)]);
  await told(ada, 'meanwhile');
  assert.deepEqual(await bob.do('departures'), []);
});
