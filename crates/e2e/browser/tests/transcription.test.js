// From an engine's words to the transcript events of the unmodified client.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';

const SCRIPT = [
  {
    Speaker: 'Ada',
    Words: [
      { Text: 'good', AfterMs: 0 },
      { Text: 'morning', AfterMs: 600 },
    ],
  },
  { Speaker: 'nobody', Words: [{ Text: 'never', AfterMs: 0 }] },
];

let folder;
let scene;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-script-'));
  const script = join(folder, 'script.json');
  await writeFile(script, JSON.stringify(SCRIPT));
  scene = await Scene.setWith(['--transcription-script', script], 'Ada', 'Bob');
});
after(async () => {
  await scene?.strike();
  await rm(folder, { recursive: true, force: true });
});

test('everybody reads what one says, word by word, from the start of the transcription to its end', async (t) => {
  const [meeting, ada, bob] = await scene.meeting(t);
  await Promise.all([ada.join(), bob.join()]);
  await Promise.all([ada.started(), bob.started()]);
  await bob.hears('Ada');
  const settings = { LanguageCode: 'en-GB', Region: 'eu-west-2' };
  await scene.api.startTranscription(meeting, settings);
  const read = (guest) => guest.do('transcript');
  for (const guest of [ada, bob]) {
    await guest.until(async () => (await read(guest)).length === 3, 'reads two words', () => read(guest));
  }
  await scene.api.stopTranscription(meeting);
  const common = { languageCode: 'en-GB', speakers: ['Ada'], inOrder: true };
  const configuration = { EngineTranscribeSettings: settings };
  for (const guest of [ada, bob]) {
    await guest.until(async () => (await read(guest)).length === 4, 'reads the end', () => read(guest));
    const [started, first, whole, stopped] = await read(guest);
    assert.deepEqual([started.status, stopped.status], ['started', 'stopped']);
    assert.equal(started.region, 'eu-west-2');
    assert.deepEqual(JSON.parse(started.configuration), configuration);
    assert.deepEqual(first.results, [{ ...common, isPartial: true, transcript: 'good' }]);
    assert.deepEqual(whole.results, [{ ...common, isPartial: false, transcript: 'good morning' }]);
  }
});

test('who comes to a meeting that is being transcribed is written down too', async (t) => {
  const [meeting, ada] = await scene.meeting(t, 1);
  await scene.api.startTranscription(meeting, { LanguageCode: 'en-US' });
  await ada.join();
  await ada.started();
  const words = async () => (await ada.do('transcript')).filter(({ results }) => results);
  await ada.until(async () => (await words()).length === 2, 'reads the own words', () => ada.do('transcript'));
  assert.equal((await words())[1].results[0].transcript, 'good morning');
});

test('what becomes of an engine is told to the client as a status and to the operator as an event', async (t) => {
  const turns = [
    { Engine: 'Interrupted', AfterMs: 0, Message: 'no line' },
    { Engine: 'Resumed', AfterMs: 200 },
    { Engine: 'Failed', AfterMs: 400, Message: 'no memory' },
  ];
  const [script, events] = [join(folder, 'turns.json'), join(folder, 'events.jsonl')];
  await writeFile(script, JSON.stringify(turns));
  const stage = await Scene.setWith(['--transcription-script', script, '--events', events], 'Ada');
  try {
    const [meeting, ada] = await stage.meeting(t);
    await ada.join();
    await ada.started();
    await stage.api.startTranscription(meeting, { LanguageCode: 'en-US' });
    const read = () => ada.do('transcript');
    await ada.until(async () => (await read()).length === 4, 'reads what became of the engine', read);
    const why = [
      ['interrupted', 'no line'],
      ['resumed', undefined],
      ['failed', 'no memory'],
    ];
    const told = (await read()).slice(1).map(({ status, message }) => [status, message || undefined]);
    assert.deepEqual(told, why);
    const written = async () => {
      const lines = (await readFile(events, 'utf8')).trim().split('\n');
      const details = lines.map((line) => JSON.parse(line).detail);
      return details.map(({ eventType, message }) => [eventType.replace('chime:Transcription', '').toLowerCase(), message]);
    };
    await ada.until(async () => (await written()).length >= 7, 'is told of to the operator', written);
    assert.deepEqual((await written()).slice(-3), why);
  } finally {
    await stage.strike();
  }
});
