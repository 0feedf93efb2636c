// Browsers and native clients in one meeting.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CAST } from '../rig/browser.js';
import { LARGE, writePicture } from '../rig/media.js';
import { Native } from '../rig/native.js';
import { Scene } from '../rig/scene.js';
import { SLIDES } from '../rig/senses.js';
import { Wire } from '../rig/wire.js';
import { median } from '../rig/until.js';

/** Much less than what a native client sends of a large picture. */
const NARROW_KBPS = 200;
/** What a path takes is found out in steps, also where a busy machine makes it look narrow. */
const PATIENCE_MS = 60_000;

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

/** A meeting with browsers outside of its door, and a native client beside them. */
async function meeting(t, browsers = 1) {
  const [place, ...guests] = await scene.meeting(t, browsers);
  const eve = new Native('Eve', scene.api, place);
  t.after(() => eve.close());
  return [place, eve, ...guests];
}

test('sound and pictures go both ways', async (t) => {
  const [, eve, ada, bob] = await meeting(t, 2);
  await Promise.all([ada.join(), bob.join(), eve.join({ shows: true })]);
  await Promise.all([ada.started(), bob.started(), eve.started()]);
  await Promise.all([eve.hears('Ada', 'Bob'), ada.hears('Bob', 'Eve'), bob.hears('Ada', 'Eve')]);
  await Promise.all([ada.startVideo(), bob.startVideo()]);
  await Promise.all([eve.sees(ada, bob), ada.sees(bob, eve), bob.sees(ada, eve)]);
});

test('mutes, messages, the list and leaving are told both ways', async (t) => {
  const [, eve, ada] = await meeting(t);
  await Promise.all([ada.join(), eve.join()]);
  await Promise.all([ada.started(), eve.started()]);
  await ada.lists(ada, eve);
  await ada.hears('Eve');
  eve.wish('mute');
  await Promise.all([ada.listsMuted(eve, true), ada.hears()]);
  eve.wish('unmute');
  await Promise.all([ada.listsMuted(eve, false), ada.hears('Eve')]);
  await ada.do('mute');
  await eve.until(() => eve.told('mute').some(({ attendee, muted }) => muted && attendee === ada.attendee.AttendeeId), 'has Ada muted');
  eve.wish('say test from a native client');
  await ada.until(async () => (await ada.do('said')).at(-1)?.text === 'from a native client', 'is told');
  await ada.do('say', 'test', 'from a browser');
  await eve.until(() => eve.told('data').at(-1)?.text === 'from a browser', 'is told');
  eve.wish('leave');
  assert.equal(await eve.ended(), 'Left');
  await ada.lists(ada);
});

test('shares are seen both ways', async (t) => {
  const [, eve, ada] = await meeting(t);
  await Promise.all([ada.join(), eve.join()]);
  await Promise.all([ada.started(), eve.started()]);
  await ada.share({ tone: true });
  await Promise.all([eve.seesShare(ada), eve.hears('Ada', SLIDES.name)]);
  await ada.do('stopSharing');
  await eve.sees();
  eve.wish('share on');
  await eve.until(() => eve.told('share').at(-1)?.state === 'started', 'is told that it shares');
  const shared = async () => (await ada.do('tiles')).find(({ attendee }) => attendee === eve.contentId);
  await ada.until(async () => (await shared())?.frames > 0, 'sees the share');
  eve.wish('share off');
  await ada.until(async () => !(await shared()), 'sees no share');
});

test('the end of the meeting and another device are told', async (t) => {
  const [place, eve, ada] = await meeting(t);
  await Promise.all([ada.join(), eve.join()]);
  await Promise.all([ada.started(), eve.started()]);
  const twin = new Native('Eve', scene.api, place);
  t.after(() => twin.close());
  await twin.join({ attendee: eve.attendee });
  await twin.started();
  assert.equal(await eve.ended(), 'AudioJoinedFromAnotherDevice');
  await scene.api.deleteMeeting(place);
  assert.equal(await twin.ended(), 'MeetingEnded');
  await ada.ended('MeetingEnded');
});

test('a socket that dies is replaced, and nobody sees the client leave', async (t) => {
  const [place, eve, ada] = await meeting(t);
  const wire = await Wire.to(place.MediaPlacement.SignalingUrl);
  t.after(() => wire.close());
  eve.meeting = wire.meeting(place);
  await Promise.all([ada.join(), eve.join({ shows: true })]);
  await Promise.all([ada.started(), eve.started()]);
  await ada.sees(eve);
  wire.cut();
  await eve.until(() => eve.told('started').length === 2, 'is back');
  await Promise.all([ada.sees(eve), ada.hears('Eve'), eve.hears('Ada')]);
  assert.deepEqual(await ada.do('departures'), []);
});

test('browsers fall back to H.264 when a client comes that decodes nothing else', async (t) => {
  const took = [];
  for (let round = 0; round < 3; round++) {
    const [place, eve, ada, bob] = await meeting(t, 2);
    await Promise.all([ada.join(), bob.join()]);
    await Promise.all([ada.started(), bob.started()]);
    await ada.startVideo();
    await bob.sees(ada);
    const sent = async () => (await ada.do('sentVideo'))?.codec;
    await ada.until(async () => (await sent()) === 'video/VP9', 'sends VP9', sent);
    await eve.join();
    await eve.started();
    const joined = Date.now();
    const pictures = () => eve.stats?.pictures.some(({ frames }) => frames > 0);
    await eve.until(pictures, 'sees pictures');
    took.push(Date.now() - joined);
    await Promise.all([eve.sees(ada), bob.sees(ada)]);
    await Promise.all([ada.do('leave'), bob.do('leave')]);
    await scene.api.deleteMeeting(place);
    await eve.ended();
  }
  console.log(`${median(took)} ms from joining to the first decoded picture of a browser that sent VP9 (median of ${took.join(', ')})`);
});

test('a tenth of the packets lost costs neither sound nor pictures', async (t) => {
  const [, eve, ada] = await meeting(t);
  const weather = await scene.weatherFor(t, eve);
  await Promise.all([ada.join(), eve.join({ shows: true })]);
  await Promise.all([ada.started(), eve.started()]);
  await ada.startVideo();
  await Promise.all([eve.sees(ada), ada.sees(eve)]);
  weather.reset();
  weather.lose(0.1);
  const begin = eve.stats;
  const sent = async () => ({ frames: (await ada.do('sentVideo')).framesSent, at: performance.now() });
  const sentBefore = await sent();
  await eve.until(() => eve.stats.t_ms - begin.t_ms > 8_000, 'has been in bad weather for eight seconds');
  await Promise.all([eve.hears('Ada'), ada.hears('Eve'), eve.sees(ada), ada.sees(eve)]);
  const [shown] = eve.stats.pictures;
  const seconds = (eve.stats.t_ms - begin.t_ms) / 1_000;
  const rate = (shown.frames - begin.pictures[0].frames) / seconds;
  const sentNow = await sent();
  const sentRate = ((sentNow.frames - sentBefore.frames) * 1_000) / (sentNow.at - sentBefore.at);
  const madeUp = () => eve.told('stats').slice(-6).map(({ audio_made_up }) => audio_made_up);
  const repairs = { asked: weather.counts['down 103']?.packets ?? 0, sent: weather.counts['up 103']?.packets ?? 0 };
  t.diagnostic(`${rate.toFixed(1)} of ${sentRate.toFixed(1)} pictures a second, ${shown.freezes} freezes, ${JSON.stringify(repairs)} repairs, made up ${madeUp().map((share) => share.toFixed(3)).join(' ')}`);
  assert.ok(rate > (sentRate * 2) / 3, `${rate} of ${sentRate} pictures a second`);
  assert.ok(repairs.asked > 0 && repairs.sent > 0, JSON.stringify(repairs));
  // Ten of a hundred packets are lost, and copies and repairs bring most of them back.
  await eve.until(() => median(madeUp()) < 0.08, 'hears mostly what was said');
});

test('what a narrow path to a native client takes is found out, and a native publisher follows', async (t) => {
  const [place, eve] = await meeting(t);
  const bob = new Native('Bob', scene.api, place);
  t.after(() => bob.close());
  const weather = await scene.weatherFor(t, eve);
  const folder = await mkdtemp(join(tmpdir(), 'carillon-picture-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const picture = await writePicture(folder, CAST.Bob.colour, LARGE);
  await Promise.all([bob.join({ video: `file:${picture}` }), eve.join()]);
  await Promise.all([bob.started(), eve.started()]);
  await eve.sees(bob);
  const received = (fact) => () => eve.told('stats').slice(-2).every(({ receive_bps }) => fact(receive_bps / 1_000));
  await eve.until(received((kbps) => kbps > 1.5 * NARROW_KBPS), `is sent more than ${1.5 * NARROW_KBPS} kb/s`, PATIENCE_MS);
  weather.narrow(NARROW_KBPS);
  await eve.until(received((kbps) => kbps < NARROW_KBPS), 'is sent what the path takes', PATIENCE_MS);
  await Promise.all([eve.sees(bob), eve.hears('Bob')]);
  weather.narrow(Infinity);
  await eve.until(received((kbps) => kbps > 1.5 * NARROW_KBPS), `is sent more than ${1.5 * NARROW_KBPS} kb/s again`, PATIENCE_MS);
});
