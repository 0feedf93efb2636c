// What attendees share beside their own picture.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';
import { shows } from '../rig/senses.js';

/** What a browser sends of a picture that is paused. */
const BLACK = [0, 0, 0];

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob', 'Eve');
});
after(() => scene?.strike());

/** A meeting with the first of the cast in it. */
async function meetingOf(t, count) {
  const [meeting, ...guests] = await scene.meeting(t, count);
  await Promise.all(guests.map((guest) => guest.join()));
  await Promise.all(guests.map((guest) => guest.lists(...guests)));
  return [meeting, ...guests];
}

test('a share is announced to its sharer, seen by the other, and gone when it stops', async (t) => {
  const [, ada, bob] = await meetingOf(t, 2);
  await ada.share();
  await ada.toldOfShare('started');
  await bob.until(async () => ada.contentId in (await bob.do('roster')), 'has the share on the list');
  await Promise.all([bob.seesShares(ada), ada.seesShares()]);
  await ada.do('stopSharing');
  await ada.toldOfShare('started', 'stopped');
  await bob.until(async () => !(ada.contentId in (await bob.do('roster'))), 'has the share off the list');
  await bob.seesShares();
});

test('the sound of a share is heard by the others and not by its sharer', async (t) => {
  const [, ada, bob, eve] = await meetingOf(t, 3);
  await ada.share({ tone: true });
  await Promise.all([bob.hears('Ada', 'Eve', 'Slides'), eve.hears('Ada', 'Bob', 'Slides'), ada.hears('Bob', 'Eve')]);
  await ada.do('stopSharing');
  await Promise.all([bob.hears('Ada', 'Eve'), eve.hears('Ada', 'Bob'), ada.hears('Bob', 'Eve')]);
});

test('a share that is paused is dark and silent until it goes on, and its sharer is told of both', async (t) => {
  const [, ada, bob] = await meetingOf(t, 2);
  await ada.share({ tone: true });
  await Promise.all([bob.seesShares(ada), bob.hears('Ada', 'Slides')]);
  await ada.do('pauseSharing');
  await ada.toldOfShare('started', 'paused');
  const share = async () => (await bob.do('tiles')).find(({ content }) => content);
  await Promise.all([bob.until(async () => shows(await share(), BLACK), 'sees the share dark'), bob.hears('Ada')]);
  await ada.do('unpauseSharing');
  await ada.toldOfShare('started', 'paused', 'unpaused');
  await Promise.all([bob.seesShares(ada), bob.hears('Ada', 'Slides')]);
});

test('two may share at once, the third is told that its share stopped, and may share once a place is free', async (t) => {
  const [, ada, bob, eve] = await meetingOf(t, 3);
  await ada.share();
  await bob.share();
  await Promise.all([ada.seesShares(bob), bob.seesShares(ada), eve.seesShares(ada, bob)]);
  await eve.share();
  await eve.toldOfShare('stopped');
  assert.ok(!(eve.contentId in (await ada.do('roster'))), 'nobody has the refused share on the list');
  await Promise.all([ada.seesShares(bob), bob.seesShares(ada), eve.seesShares(ada, bob)]);
  await ada.do('stopSharing');
  await bob.seesShares();
  await eve.share();
  await eve.toldOfShare('stopped', 'started');
  await Promise.all([ada.seesShares(bob, eve), bob.seesShares(eve)]);
});

test('two pages that share as one attendee at the same moment: one of them does, for everybody', async (t) => {
  const [, ada, bob, eve] = await meetingOf(t, 3);
  // The second page has the attendee's rights and no place of its own in the meeting.
  const other = await scene.guest(1, ada.meeting);
  t.after(() => other.page.context().close());
  other.attendee = ada.attendee;
  await other.do('prepare', ada.meeting, ada.attendee);
  await Promise.all([ada.share(), other.share()]);
  const stopped = async (guest) => (await guest.state()).shares.includes('stopped');
  const losers = async () => [await stopped(ada), await stopped(other)].filter(Boolean).length;
  await ada.until(async () => (await losers()) === 1, 'or the other page is told to stop');
  await Promise.all([bob.seesShares(ada), eve.seesShares(ada)]);
  assert.equal(await losers(), 1);
});

test('a share ends with its attendee', async (t) => {
  const [meeting, ada, bob] = await meetingOf(t, 2);
  await ada.share();
  await bob.seesShares(ada);
  await scene.api.deleteAttendee(meeting, ada.attendee);
  await ada.ended('AudioAttendeeRemoved');
  await ada.toldOfShare('started', 'stopped');
  await bob.lists(bob);
  await bob.seesShares();
});

test('a share in two sizes is offered in both, and seen', async (t) => {
  const [, ada, bob, eve] = await meetingOf(t, 3);
  await ada.share({ simulcast: true, size: { width: 1280, height: 720 } });
  await Promise.all([bob.seesShares(ada), eve.seesShares(ada)]);
  // Whether the larger one flows is for the sender's estimate of its network to say.
  const { index } = bob.conversation.received('INDEX').at(-1);
  assert.deepEqual(index.sources.map(({ maxBitrateKbps }) => maxBitrateKbps).sort(), [1200, 300]);
});
