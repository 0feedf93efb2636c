// The demo page, used as a person would use it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { CAST } from '../rig/browser.js';
import { see, Visitor } from '../rig/visitor.js';
import { Scene } from '../rig/scene.js';

const DESK = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' };

let scene;
before(async () => {
  scene = await Scene.set('Ada', 'Bob');
});
after(() => scene?.strike());

/** Opens the page for a member of the cast; it must never complain in the console. */
async function visit(t, number, address, options) {
  const visitor = await Visitor.come(scene.browsers[number], new URL(address, scene.service.endpoint).href, options);
  t.after(() => visitor.page.context().close());
  return visitor;
}

test('two meet by a link, see and hear each other, mute and part', async (t) => {
  const ada = await visit(t, 0, '/', DESK);
  await ada.page.getByLabel('Your name').fill('Ada Lovelace');
  await ada.page.getByLabel('Camera').check();
  await ada.page.getByRole('button', { name: 'New meeting' }).click();
  await ada.page.waitForURL(/\/m\/[a-z]{4}-[a-z]{4}-[a-z]{4}$/);

  const bob = await visit(t, 1, ada.page.url(), PHONE);
  await bob.page.getByLabel('Your name').fill('Bob');
  await bob.page.getByRole('button', { name: 'Join' }).click();

  await ada.until(() => ada.tile('Bob').isVisible(), 'has a tile of Bob');
  await bob.until(() => bob.tile('Ada Lovelace').isVisible(), 'has a tile of Ada');
  await ada.until(() => see(ada.tile('Ada Lovelace'), 'Ada'), 'sees the own colour');
  await bob.until(() => see(bob.tile('Ada Lovelace'), 'Ada'), 'sees the colour of Ada');
  await bob.until(() => bob.hears(CAST.Ada.tone), 'hears the tone of Ada', () => bob.levels());
  await ada.until(() => ada.hears(CAST.Bob.tone), 'hears the tone of Bob', () => ada.levels());
  await bob.fits();
  await bob.page.getByRole('button', { name: 'Start camera' }).click();
  await ada.until(() => see(ada.tile('Bob'), 'Bob'), 'sees the colour of Bob');
  await bob.page.getByRole('button', { name: 'Stop camera' }).click();
  await ada.until(() => ada.tile('Bob').locator('video').isHidden(), 'sees no picture of Bob');
  await bob.until(() => bob.tile('Bob').locator('video').isHidden(), 'sees no own picture');

  await ada.page.getByRole('button', { name: 'Mute' }).click();
  await bob.until(() => bob.tile('Ada Lovelace').getByTitle('Muted').isVisible(), 'sees that Ada is muted');
  await ada.page.keyboard.press('m');
  await bob.until(() => bob.tile('Ada Lovelace').getByTitle('Muted').isHidden(), 'sees that Ada is not muted');

  await ada.page.getByRole('button', { name: 'Leave' }).click();
  await ada.until(() => ada.page.getByRole('heading', { name: 'You left' }).isVisible(), 'is told of having left');
  await bob.until(async () => !(await bob.tile('Ada Lovelace').isVisible()), 'has no tile of Ada');
  await ada.page.getByRole('button', { name: 'Join again' }).click();
  await ada.page.getByRole('button', { name: 'Join' }).click();
  await bob.until(() => bob.tile('Ada Lovelace').isVisible(), 'has a tile of Ada again');
  assert.deepEqual([ada.complaints, bob.complaints], [[], []]);
});

test('the end of a meeting is told in words', async (t) => {
  const ada = await visit(t, 0, '/m/ende-ende-ende', DESK);
  const meeting = await ada.enter('Ada');
  const bob = await visit(t, 1, '/m/ende-ende-ende', PHONE);
  const { Attendee } = await bob.enter('Bob');
  await ada.until(() => ada.tile('Bob').isVisible(), 'has a tile of Bob');
  await scene.api.deleteAttendee(meeting.Meeting, Attendee);
  await bob.until(() => bob.page.getByRole('heading', { name: 'You were removed' }).isVisible(), 'is told of the removal');
  await scene.api.deleteMeeting(meeting.Meeting);
  await ada.until(() => ada.page.getByRole('heading', { name: 'The meeting has ended' }).isVisible(), 'is told of the end');
});

test('a refused microphone is explained, and one is in all the same', async (t) => {
  const ada = await visit(t, 0, '/m/nomi-nomi-nomi', PHONE);
  await ada.refuseDevices();
  await ada.enter('Ada');
  await ada.until(() => ada.page.getByText('The browser refused the microphone').isVisible(), 'is told why');
  await ada.until(() => ada.page.getByText('Nobody else is here yet').isVisible(), 'is in');
  assert.ok(await ada.page.getByRole('button', { name: 'Unmute' }).isVisible());
});

test('a name that the API cannot carry is refused in words', async (t) => {
  const ada = await visit(t, 0, '/m/nami-nami-nami', DESK);
  await ada.page.getByLabel('Your name').fill('100 % Ada');
  await ada.page.getByRole('button', { name: 'Join' }).click();
  await ada.until(async () => /name/i.test(await ada.page.getByRole('alert').innerText()), 'is told what to change');
});

test('other sites cannot make attendees', async () => {
  const address = new URL('/demo/meetings/bako-rilu-temo/attendees', scene.service.endpoint);
  const body = JSON.stringify({ name: 'Eve' });
  const ask = (headers) => fetch(address, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  assert.equal((await ask({ origin: 'https://elsewhere.example' })).status, 403);
  assert.equal((await ask({ 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await ask({ origin: address.origin })).status, 200);
});

test('the licences of everything in the program can be read', async (t) => {
  const ada = await visit(t, 0, '/', DESK);
  await ada.page.getByRole('link', { name: 'Open-source licences' }).click();
  await ada.until(() => ada.page.getByText('amazon-chime-sdk-js').first().isVisible(), 'finds the client');
  assert.ok((await ada.page.getByText(/\btokio \d/).count()) > 0);
});
