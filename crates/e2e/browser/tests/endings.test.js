// How a call ends, and that everybody is told the right reason.
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

test('a deleted attendee is told to go, and the others see it', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.lists(ada, bob), bob.lists(ada, bob)]);
  await scene.api.deleteAttendee(meeting, bob.attendee);
  await Promise.all([bob.ended('AudioAttendeeRemoved'), ada.lists(ada), ada.hears()]);
});

test('a deleted meeting ends for everyone', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await scene.api.deleteMeeting(meeting);
  await Promise.all([ada.ended('MeetingEnded'), bob.ended('MeetingEnded')]);
});

test('a meeting that has ended lets nobody in', async (t) => {
  const [meeting, ada] = await scene.meeting(t);
  const attendee = await scene.api.createAttendee(meeting, 'Ada');
  await scene.api.deleteMeeting(meeting);
  await ada.joinWith(attendee);
  await ada.ended('MeetingEnded');
});

test('a bad token is refused at once, and for good', async (t) => {
  const [meeting, ada] = await scene.meeting(t);
  const attendee = await scene.api.createAttendee(meeting, 'Ada');
  await ada.joinWith({ ...attendee, JoinToken: 'bm90LWEtdG9rZW4' });
  await ada.ended('SignalingBadRequest');
});

test('the same attendee in a second browser takes the place of the first', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await ada.join();
  await ada.started();
  await bob.joinWith(ada.attendee);
  await Promise.all([bob.started(), ada.ended('AudioJoinedFromAnotherDevice')]);
});
