// Plays every scenario with real browsers and writes down what the clients said. `cargo xtask golden --update` runs it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { LARGE } from './media.js';
import { Recording } from './recording.js';
import { Scene } from './scene.js';
import { SCENARIOS } from './scenarios.js';

/** Whose browser each of them uses: a browser for each would only cost more. */
const BROWSERS = { Ada: 0, Bob: 1, Eve: 1 };

const [said, heard, ...only] = process.argv.slice(2);
if (!heard) throw new Error('usage: node rig/golden.js <folder for what clients say> <for what they hear> [scenario...]');
const scene = await Scene.setWithPictures(LARGE, 'Ada', 'Bob');
const recorded = [];
try {
  for (const [name, [title, story]] of Object.entries(SCENARIOS)) {
    if (!only.length || only.includes(name)) recorded.push(await record(name, title, story));
  }
} finally {
  await scene.strike();
}
// Nothing is written unless every story came to its end.
await Promise.all([said, heard].map((folder) => mkdir(folder, { recursive: true })));
for (const [name, ofClients, ofServer] of recorded) {
  await writeFile(join(said, `${name}.said`), ofClients);
  await writeFile(join(heard, `${name}.heard`), ofServer);
}

async function record(name, title, story) {
  console.log(`${name}: ${title}`);
  const recording = new Recording();
  const meeting = await scene.api.createMeeting();
  const endings = [];
  const arrive = async (who) => {
    const guest = Object.assign(await scene.guest(BROWSERS[who], meeting), { name: who });
    endings.push(() => guest.page.context().close());
    recording.listen(guest);
    return guest;
  };
  try {
    await story({ meeting, arrive, t: { after: (ending) => endings.push(ending) } });
  } finally {
    for (const ending of endings) await ending();
  }
  const browser = scene.browsers[0].process.version().split('.')[0];
  return [name, recording.said(title, browser), recording.heard()];
}
