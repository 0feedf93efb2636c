// What a meeting as a whole offers, whatever a client was told of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

const CODECS = ['video/VP8', 'video/H264', 'video/VP9', 'video/AV1'];

/** Larger than what a meeting allows whose creator says nothing about it. */
const LARGER = { width: 1920, height: 1080 };

let scene;
before(async () => {
  scene = await Scene.setWithPictures(LARGER, 'Ada', 'Bob');
});
after(() => scene?.strike());

test('a camera in a meeting without video is refused, whatever its client was told', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t, 2, { Video: { MaxResolution: 'None' } });
  ada.meeting = { ...meeting, MeetingFeatures: { Video: { MaxResolution: 'HD' } } };
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.lists(ada, bob), bob.lists(ada, bob)]);
  await Promise.all([ada.startVideo(), bob.startVideo()]);
  await ada.until(async () => (await ada.state()).refusals === 1, 'is refused');
  await ada.share();
  await Promise.all([bob.seesShares(ada), bob.sees(), ada.sees()]);
  assert.equal((await bob.state()).refusals, 0, 'a client that knows does not even try');
});

test('a share in a meeting without content is refused, whatever its client was told', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t, 2, { Content: { MaxResolution: 'None' } });
  ada.meeting = { ...meeting, MeetingFeatures: { Content: { MaxResolution: 'FHD' } } };
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.lists(ada, bob), bob.lists(ada, bob)]);
  await ada.share();
  await ada.toldOfShare('stopped');
  await Promise.all([ada.startVideo(), bob.sees(ada), bob.seesShares()]);
});

test('a camera larger than the meeting allows is scaled down by a client that knows, and is seen', async (t) => {
  const [, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await ada.startVideo();
  await bob.sees(ada);
  assert.equal((await ada.state()).refusals, 0);
});

test('a share larger than the meeting allows ends, in every codec, and nobody has seen it', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  ada.meeting = { ...meeting, MeetingFeatures: { Content: { MaxResolution: 'UHD' } } };
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.lists(ada, bob), bob.lists(ada, bob)]);
  const slides = { rate: 5, hint: 'detail' };
  const told = [];
  for (const codec of CODECS) {
    await ada.share({ ...slides, codec, size: { width: 2560, height: 1440 } });
    told.push('started', 'stopped');
    await ada.toldOfShare(...told);
    await bob.seesShares();
  }
  assert.deepEqual(await bob.do('videoCodecs'), []);
  await ada.share({ ...slides, codec: 'video/VP8', size: LARGER });
  await bob.seesShares(ada);
});
