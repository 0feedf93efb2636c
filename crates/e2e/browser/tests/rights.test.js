// What attendees may do, changed while they are in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

const ALL = { Audio: 'SendReceive', Video: 'SendReceive', Content: 'SendReceive' };

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

/** Ada and Bob, in a meeting and not reconnected at its end, with a way to change what Ada may do. */
async function pair(t) {
  const [meeting, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.lists(ada, bob), bob.lists(ada, bob)]);
  const allow = (capabilities) => scene.api.allow(meeting, ada.attendee, { ...ALL, ...capabilities });
  return [allow, ada, bob];
}

test('each right to speak and to listen acts at once', async (t) => {
  const [allow, ada, bob] = await pair(t);
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
  const offers = ada.conversation.sent('SUBSCRIBE').length;
  for (const Audio of ['Receive', 'Send', 'None', 'Send', 'Receive', 'SendReceive', 'None', 'SendReceive']) {
    await allow({ Audio });
    const [speaks, listens] = [Audio.includes('Send'), Audio.includes('Receive')];
    await Promise.all([ada.hears(...(listens ? ['Bob'] : [])), bob.hears(...(speaks ? ['Ada'] : []))]);
  }
  assert.equal(ada.conversation.sent('SUBSCRIBE').length, offers, 'without another offer');
  assert.equal((await ada.state()).reconnects, 0);
});

test('who joins without the right to speak is heard as soon as it has it', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  ada.attendee = await scene.api.createAttendee(meeting, 'Ada', { ...ALL, Audio: 'None' });
  await Promise.all([ada.joinWith(ada.attendee), bob.join()]);
  await Promise.all([ada.lists(ada, bob), bob.lists(ada, bob)]);
  await Promise.all([ada.hears(), bob.hears()]);
  const offers = ada.conversation.sent('SUBSCRIBE').length;
  await scene.api.allow(meeting, ada.attendee, { ...ALL, Audio: 'Send' });
  await bob.hears('Ada');
  assert.equal(ada.conversation.sent('SUBSCRIBE').length, offers, 'without another offer');
  assert.equal((await ada.state()).reconnects, 0);
});

test('each right to show and to see acts at once', async (t) => {
  const [allow, ada, bob] = await pair(t);
  await Promise.all([ada.startVideo(), bob.startVideo()]);
  await Promise.all([ada.sees(bob), bob.sees(ada)]);
  let refusals = 0;
  for (const Video of ['Send', 'Receive', 'SendReceive', 'None', 'SendReceive']) {
    await allow({ Video, Content: Video });
    const [shows, looks] = [Video.includes('Send'), Video.includes('Receive')];
    if (!shows) refusals += 1;
    // A client that was told to stop has turned its camera off; it is for the person to turn it on again.
    else if (refusals > 0) await ada.startVideo();
    await Promise.all([bob.sees(...(shows ? [ada] : [])), ada.sees(...(looks ? [bob] : []))]);
    await ada.until(async () => (await ada.state()).refusals === refusals, `was refused ${refusals} times, now with ${Video}`);
  }
  assert.equal((await ada.state()).reconnects, 0);
});

test('each right to share and to see shares acts at once', async (t) => {
  const [allow, ada, bob] = await pair(t);
  await Promise.all([ada.share(), bob.share()]);
  await Promise.all([ada.seesShares(bob), bob.seesShares(ada)]);
  await allow({ Content: 'Send' });
  await Promise.all([ada.seesShares(), bob.seesShares(ada)]);
  await allow({ Content: 'Receive' });
  await Promise.all([ada.seesShares(bob), bob.seesShares(), ada.toldOfShare('started', 'stopped')]);
  await ada.share();
  await ada.toldOfShare('started', 'stopped', 'stopped');
  await allow({ Content: 'None' });
  await Promise.all([ada.seesShares(), bob.seesShares()]);
  await allow(ALL);
  await ada.share();
  await Promise.all([ada.seesShares(bob), bob.seesShares(ada)]);
  assert.equal((await ada.state()).reconnects, 0);
});
