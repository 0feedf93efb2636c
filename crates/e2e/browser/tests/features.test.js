// Smaller things that applications do with the client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

test('who speaks is found out, and who takes over', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await bob.do('mute');
  const finds = async (speaker) => {
    for (const guest of [ada, bob]) {
      const speakers = async () => (await guest.state()).speakers.join();
      await guest.until(async () => (await speakers()) === speaker.attendee.AttendeeId, `finds that ${speaker.name} speaks`, speakers);
    }
  };
  await finds(ada);
  // The client forgets a speaker slowly in silence, and at once when another speaks.
  await ada.do('mute');
  await bob.do('unmute');
  await finds(bob);
});

test('a socket that was opened ahead of time is joined on', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  await bob.join();
  ada.attendee = await scene.api.createAttendee(meeting, 'Ada');
  await ada.do('connectAhead', meeting, ada.attendee);
  await ada.until(() => ada.conversation.lines.some((line) => / open /.test(line)), 'has a socket');
  await bob.lists(bob);
  assert.equal(ada.conversation.sent('JOIN').length, 0);
  await ada.do('start');
  await Promise.all([ada.hears('Bob'), bob.hears('Ada'), bob.lists(ada, bob)]);
  assert.equal(ada.conversation.lines.filter((line) => / open /.test(line)).length, 1);
});

test('a meeting without sound has pictures', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  const { AudioHostUrl, ...placement } = meeting.MediaPlacement;
  assert.ok(AudioHostUrl);
  for (const guest of [ada, bob]) guest.meeting = { ...meeting, MediaPlacement: placement };
  await Promise.all([ada.join({ microphone: false }), bob.join({ microphone: false })]);
  await Promise.all([ada.started(), bob.started()]);
  await Promise.all([ada.startVideo(), bob.startVideo()]);
  await Promise.all([ada.sees(bob), bob.sees(ada)]);
});

test('sound of the narrowest and the widest profile is heard', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join({ profile: 'fullbandSpeechMono' }), bob.join({ profile: 'fullbandMusicStereo' })]);
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
});

test('what browsers measure is taken', async (t) => {
  const [, ada] = await scene.meeting(t, 1);
  const answers = [];
  ada.page.on('response', (response) => {
    if (response.request().method() === 'POST') answers.push(response);
  });
  await ada.join();
  await ada.started();
  await ada.until(() => answers.length > 0, 'reports');
  const url = new URL(ada.meeting.MediaPlacement.EventIngestionUrl);
  for (const answer of answers) {
    assert.equal(new URL(answer.url()).pathname, url.pathname);
    assert.ok(answer.ok(), `${answer.status()}`);
  }
});

test('a wish to speak in a primary meeting is refused, and the call goes on', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  const primary = await scene.api.createMeeting();
  const place = await scene.api.createAttendee(primary, 'Ada');
  assert.equal(await ada.do('promote', primary, place), 'AudioAuthenticationRejected');
  await Promise.all([ada.hears('Bob'), bob.hears('Ada')]);
});
