// Who decides which pictures are received, and how large: the application, through the client's policy of priorities.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

/** Two pictures of this do not fit what the client assumes of an unknown network, 2,800 kbit/s; one does. */
const WIDE_KBPS = 2_000;
/** Two of this do. */
const NARROW_KBPS = 500;

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob', 'Eve');
});
after(() => scene?.strike());

/** Ada and Bob showing pictures of this width in bits, and Eve outside. */
async function stage(t, kbps) {
  const [meeting, ada, bob, eve] = await scene.meeting(t);
  await Promise.all([ada, bob].map(async (guest) => {
    await guest.join({ codec: 'video/VP8' });
    await guest.started();
    await guest.do('setVideoMaxBandwidth', kbps);
    await guest.startVideo();
  }));
  await Promise.all([ada.sees(bob), bob.sees(ada)]);
  return [meeting, ada, bob, eve];
}

test('whatever adaption a client asks for, it is told to choose by itself, and sees everybody', async (t) => {
  const [meeting, ada, bob] = await stage(t, NARROW_KBPS);
  const signaled = { None: 'NONE', BandwidthProbing: 'BANDWIDTH_PROBING' };
  signaled.BandwidthProbingAndRemoteVideoQualityAdaption = 'BANDWIDTH_PROBING_AND_VIDEO_QUALITY_ADAPTION';
  for (const [policy, word] of Object.entries(signaled)) {
    const viewer = await scene.guest(2, meeting);
    t.after(() => viewer.page.context().close());
    await viewer.join({ policy });
    await viewer.started();
    const [{ join }] = viewer.conversation.sent('JOIN');
    assert.equal(join.serverSideNetworkAdaption, word);
    assert.deepEqual(join.supportedServerSideNetworkAdaptions, Object.values(signaled));
    const [{ joinack }] = viewer.conversation.received('JOIN_ACK');
    assert.equal(joinack.defaultServerSideNetworkAdaption, 'NONE');
    await viewer.sees(ada, bob);
    await viewer.do('leave');
    await viewer.ended('Left');
  }
});

test('what does not fit is held by priority, and comes when it fits', async (t) => {
  const [, ada, bob, eve] = await stage(t, WIDE_KBPS);
  // Until the next frame of bitrates, which is 4 s away then, the client has nothing to go by but the maxima.
  const told = ada.conversation.received('BITRATES').length;
  await ada.until(() => ada.conversation.received('BITRATES').length > told, 'is told what both use');
  await eve.join({ policy: 'None' });
  await eve.do('prefer', [ada.wanted(1), bob.wanted(2)]);
  await eve.until(async () => (await eve.state()).held.length > 0, 'is told that a picture is held');
  assert.deepEqual((await eve.state()).held[0], { what: 'paused', attendee: bob.attendee.AttendeeId });
  const seesAda = async () => (await eve.tileOf(ada))?.frames > 0;
  await eve.until(seesAda, 'sees Ada meanwhile');
  for (const guest of [ada, bob]) await guest.do('setVideoMaxBandwidth', NARROW_KBPS);
  await eve.sees(ada, bob);
  assert.deepEqual((await eve.state()).held[1], { what: 'unpaused', attendee: bob.attendee.AttendeeId });
});

test('a picture that the application pauses stops coming, and comes again when it goes on', async (t) => {
  const [, ada, bob, eve] = await stage(t, NARROW_KBPS);
  await eve.join({ policy: 'None' });
  await eve.sees(ada, bob);
  await eve.do('pause', bob.attendee.AttendeeId);
  await eve.until(() => eve.conversation.sent('PAUSE').length === 1, 'asks the server to pause');
  let last;
  await eve.until(async () => {
    const { frames } = await eve.tileOf(bob);
    const still = frames === last;
    last = frames;
    return still;
  }, 'sees nothing of Bob any more');
  await eve.do('unpause', bob.attendee.AttendeeId);
  await eve.until(() => eve.conversation.sent('RESUME').length === 1, 'asks the server to go on');
  await eve.sees(ada, bob);
});

test('nobody is received whom the application does not want', async (t) => {
  const [, ada, bob, eve] = await stage(t, NARROW_KBPS);
  await eve.join({ policy: 'None' });
  await eve.do('prefer', [bob.wanted(1)]);
  await eve.sees(bob);
  await eve.do('prefer', [ada.wanted(1)]);
  await eve.sees(ada);
  await eve.do('prefer', []);
  await eve.sees();
});

test('a policy of nothing receives nothing but sound', async (t) => {
  const [, ada, bob, eve] = await stage(t, NARROW_KBPS);
  await eve.join({ policy: 'nothing' });
  await Promise.all([eve.lists(ada, bob, eve), eve.hears('Ada', 'Bob'), ada.sees(bob)]);
  assert.deepEqual(await eve.do('tiles'), []);
});
