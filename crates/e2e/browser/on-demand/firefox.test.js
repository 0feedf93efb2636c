// A meeting between two engines: Ada is in Firefox, Bob and Eve are in Chromium.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

let scene;
before(async () => {
  scene = await Scene.setIn({ Ada: 'firefox', Bob: 'chromium', Eve: 'chromium' });
});
after(() => scene?.strike());

test('each of three hears the other two and sees each in the right tile, one of them in Firefox', async (t) => {
  const [, ...all] = await scene.meeting(t);
  const [ada, bob, eve] = all;
  const others = (guest) => all.filter((other) => other !== guest);
  await Promise.all(all.map((guest) => guest.join()));
  await Promise.all(all.map((guest) => guest.started()));
  await Promise.all(all.map((guest) => guest.lists(...all)));
  await Promise.all(all.map((guest) => guest.hears(...others(guest).map(({ name }) => name))));
  await Promise.all(all.map((guest) => guest.startVideo()));
  await Promise.all(all.map((guest) => guest.sees(...others(guest))));

  await eve.do('stopVideo');
  await Promise.all([ada.sees(bob), bob.sees(ada)]);
  await ada.do('stopVideo');
  await Promise.all([bob.sees(), eve.sees(bob)]);
  await Promise.all([ada.startVideo(), eve.startVideo()]);
  await Promise.all(all.map((guest) => guest.sees(...others(guest))));
});

test('who is muted in Firefox, or for Firefox, is not heard until unmuted', async (t) => {
  const [, ada, bob] = await scene.meeting(t, 2);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
  for (const [one, other] of [[ada, bob], [bob, ada]]) {
    await one.do('mute');
    await Promise.all([other.listsMuted(one, true), other.hears()]);
    assert.ok(await one.do('unmute'));
    await Promise.all([other.listsMuted(one, false), other.hears(one.name)]);
  }
});

test('who leaves is gone for Firefox, and Firefox for those who stay', async (t) => {
  const [, ada, bob, eve] = await scene.meeting(t);
  const all = [ada, bob, eve];
  await Promise.all(all.map((guest) => guest.join()));
  await Promise.all(all.map((guest) => guest.started()));
  await Promise.all([ada.startVideo(), bob.startVideo()]);
  await Promise.all([ada.sees(bob), bob.sees(ada), eve.sees(ada, bob)]);
  await bob.do('leave');
  await Promise.all([bob.ended('Left'), ada.lists(ada, eve), ada.sees(), ada.hears('Eve')]);
  await ada.do('leave');
  await Promise.all([ada.ended('Left'), eve.lists(eve), eve.sees(), eve.hears()]);
});

test('the first picture that Firefox is sent may overtake the answer', async (t) => {
  const [, ada, bob] = await scene.meeting(t, 2);
  await ada.page.evaluate(delayAnswers);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await Promise.all([ada.startVideo(), bob.startVideo()]);
  await Promise.all([ada.sees(bob), bob.sees(ada)]);
});

/** Runs in the page: each answer waits, as on a machine with other work, while packets come in. */
function delayAnswers() {
  const apply = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = async function (answer) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    return apply.call(this, answer);
  };
}
