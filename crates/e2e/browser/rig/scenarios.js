import { setTimeout as pause } from 'node:timers/promises';

import { Wire } from './wire.js';

/** Long enough for a client to have said all that follows from what happened. */
const SETTLED_MS = 1_500;

/** What is recorded: a name, a sentence, and a story. A story gets a meeting to which it lets guests come. */
export const SCENARIOS = {
  alone: ['One attendee joins, stays for a moment and leaves.', async ({ arrive }) => {
    const ada = await joined(arrive('Ada'));
    await leaves(ada);
  }],
  'no-microphone': ['One attendee joins without a microphone and leaves.', async ({ arrive }) => {
    const ada = await joined(arrive('Ada'), { microphone: false });
    await leaves(ada);
  }],
  camera: ['One attendee turns the camera on and off and leaves.', async ({ arrive }) => {
    const ada = await joined(arrive('Ada'));
    await ada.startVideo();
    await pause(SETTLED_MS);
    await ada.do('stopVideo');
    await pause(SETTLED_MS);
    await leaves(ada);
  }],
  pair: ['One attendee shows a picture, another comes and sees it until it is gone.', async ({ arrive }) => {
    const ada = await joined(arrive('Ada'));
    await ada.startVideo();
    await pause(SETTLED_MS);
    const bob = await joined(arrive('Bob'));
    await bob.sees(ada);
    await pause(SETTLED_MS);
    await ada.do('stopVideo');
    await bob.sees();
    await pause(SETTLED_MS);
    await leaves(bob);
    await leaves(ada);
  }],
  simulcast: ['A simulcast picture for one, then for two: the client changes its layers.', async ({ arrive }) => {
    const simulcast = { simulcast: true };
    const ada = await joined(arrive('Ada'), simulcast);
    const bob = await joined(arrive('Bob'), simulcast);
    await ada.startVideo();
    await bob.sees(ada);
    const eve = await joined(arrive('Eve'), simulcast);
    await eve.sees(ada);
    await pause(SETTLED_MS);
    for (const guest of [eve, bob, ada]) await leaves(guest);
  }],
  priority: ['A receiver with a priority policy wants a picture small, then large, then not at all.', async ({ arrive }) => {
    const ada = await joined(arrive('Ada'), { simulcast: true });
    const bob = await joined(arrive('Bob'), { policy: 'BandwidthProbingAndRemoteVideoQualityAdaption' });
    const eve = await joined(arrive('Eve'));
    await ada.startVideo();
    await pause(SETTLED_MS);
    await bob.do('prefer', [ada.wanted(1, 'Low')]);
    await bob.sees(ada);
    await pause(2 * SETTLED_MS);
    await bob.do('prefer', [ada.wanted(1, 'High')]);
    await pause(2 * SETTLED_MS);
    await bob.do('prefer', []);
    await bob.sees();
    await pause(SETTLED_MS);
    for (const guest of [eve, bob, ada]) await leaves(guest);
  }],
  content: ['One attendee shares a picture, another sees it until it is gone.', async ({ arrive }) => {
    const ada = await joined(arrive('Ada'));
    const bob = await joined(arrive('Bob'));
    await ada.do('share', 'rgb(230,150,0)');
    const shown = async () => (await bob.do('tiles')).some(({ content, colour }) => content && colour);
    await bob.until(shown, 'sees the share');
    await pause(SETTLED_MS);
    await ada.do('stopSharing');
    await bob.until(async () => !(await bob.do('tiles')).length, 'sees no share');
    await pause(SETTLED_MS);
    await leaves(bob);
    await leaves(ada);
  }],
  mute: ['One attendee is muted and unmuted beside another.', async ({ arrive }) => {
    const ada = await joined(arrive('Ada'));
    const bob = await joined(arrive('Bob'));
    await ada.do('mute');
    await bob.listsMuted(ada, true);
    await ada.do('unmute');
    await bob.listsMuted(ada, false);
    await leaves(bob);
    await leaves(ada);
  }],
  messages: ['A message for those present, one that is kept, and one to a latecomer.', async ({ arrive }) => {
    const ada = await joined(arrive('Ada'));
    await ada.do('say', 'test', 'gone');
    await ada.do('say', 'test', 'kept', 60_000);
    const bob = await joined(arrive('Bob'));
    await ada.do('say', 'test', 'now');
    await bob.until(async () => (await bob.do('said')).length === 2, 'is told two messages');
    await bob.do('say', 'test', 'back');
    await ada.until(async () => (await ada.do('said')).length === 1, 'is told one message');
    await leaves(bob);
    await leaves(ada);
  }],
  reconnect: ['A signaling connection breaks and its client comes back, with a picture, beside another.', async ({ arrive, meeting, t }) => {
    const wire = await Wire.to(meeting.MediaPlacement.SignalingUrl);
    t.after(() => wire.close());
    const SignalingUrl = wire.through(meeting.MediaPlacement.SignalingUrl);
    const bob = await joined(arrive('Bob'));
    const guest = await arrive('Ada');
    guest.meeting = { ...meeting, MediaPlacement: { ...meeting.MediaPlacement, SignalingUrl } };
    const ada = await joined(guest);
    await ada.startVideo();
    await bob.sees(ada);
    await pause(SETTLED_MS);
    wire.cut();
    await ada.until(async () => (await ada.state()).reconnects > 0, 'notices');
    await ada.started();
    await bob.sees(ada);
    await pause(SETTLED_MS);
    await leaves(ada);
    await leaves(bob);
  }],
};

/** Lets a guest join, and waits until the client has nothing more to say to that. */
async function joined(arriving, wishes) {
  const guest = await arriving;
  await guest.join(wishes);
  await guest.started();
  await pause(SETTLED_MS);
  return guest;
}

async function leaves(guest) {
  await guest.do('leave');
  await guest.until(async () => (await guest.state()).phase === 'stopped', 'is out');
  await pause(SETTLED_MS / 3);
}
