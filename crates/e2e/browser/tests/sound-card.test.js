// A native client with a real microphone and a real speaker, as real as a sound server makes them.
import { test } from 'node:test';

import { Native } from '../rig/native.js';
import { Scene } from '../rig/scene.js';
import { TONES, heardTones } from '../rig/senses.js';
import { SoundCard } from '../rig/sound-card.js';

test('what is said into a microphone is heard in a browser, and what the browser says comes out of the speaker', async (t) => {
  const [card, scene] = await Promise.all([SoundCard.plugIn(), Scene.set('Ada')]);
  const [place, ada] = await scene.meeting(t);
  const eve = new Native('Eve', scene.api, place);
  t.after(async () => {
    await Promise.all([eve.close(), scene.strike()]);
    await card.pull();
  });
  card.playInRoom(TONES.Eve);
  const heard = card.listenAtSpeaker(Object.values(TONES));
  await Promise.all([ada.join(), eve.join({ send: 'mic', listens: true, env: card.env })]);
  await Promise.all([ada.started(), eve.started()]);
  await ada.hears('Eve');
  await eve.hears('Ada');
  await eve.until(() => heard.levels && heardTones(heard.levels).join() === `${TONES.Ada}`, 'plays Ada, and nobody else');
});
