import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

const SHARED = [230, 150, 0];

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

/** Waits until a guest sees exactly so many shares of others, each in the shared colour. */
async function seesShares(guest, count) {
  const own = `${guest.attendee.AttendeeId}#content`;
  await guest.until(async () => {
    const tiles = (await guest.do('tiles')).filter(({ content, attendee }) => content && attendee !== own);
    const shown = tiles.filter(({ colour }) => colour && Math.hypot(...SHARED.map((c, i) => c - colour[i])) < 60);
    return tiles.length === count && shown.length === count;
  }, `sees ${count} shares`);
}

test('a share is announced to its sharer, seen by the other, and gone when it stops', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.lists(ada, bob), bob.lists(ada, bob)]);
  await ada.do('share', `rgb(${SHARED.join()})`);
  const content = `${ada.attendee.AttendeeId}#content`;
  await ada.until(async () => (await ada.state()).shares.join() === 'started', 'is told that the share started');
  await bob.until(async () => content in (await bob.do('roster')), 'has the share on the list');
  await seesShares(bob, 1);
  await seesShares(ada, 0);
  await ada.do('stopSharing');
  await ada.until(async () => (await ada.state()).shares.join() === 'started,stopped', 'is told that the share stopped');
  await bob.until(async () => !(content in (await bob.do('roster'))), 'has the share off the list');
  await seesShares(bob, 0);
});

test('a share ends with its attendee', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await ada.do('share', `rgb(${SHARED.join()})`);
  await seesShares(bob, 1);
  await scene.api.deleteAttendee(meeting, ada.attendee);
  await ada.ended('AudioAttendeeRemoved');
  await bob.lists(bob);
  await seesShares(bob, 0);
});

test('what an attendee may do changes while it is in', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await ada.startVideo();
  await Promise.all([bob.hears(ada.name), bob.sees(ada)]);
  await scene.api.allow(meeting, ada.attendee, { Audio: 'Receive', Video: 'Receive', Content: 'Receive' });
  await Promise.all([bob.hears(), bob.sees(), ada.hears(bob.name)]);
  await scene.api.allow(meeting, ada.attendee, { Audio: 'SendReceive', Video: 'SendReceive', Content: 'SendReceive' });
  await bob.hears(ada.name);
  assert.equal((await ada.state()).reconnects, 0);
});
