// The demo page, used as a person would use it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { CAST } from '../rig/browser.js';
import { see, seeOn, Visitor } from '../rig/visitor.js';
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

/** Ada at a desk and Bob with a phone, both in one meeting. */
async function meet(t, address) {
  const [ada, bob] = [await visit(t, 0, address, DESK), await visit(t, 1, address, PHONE)];
  await ada.enter('Ada');
  await bob.enter('Bob');
  await ada.until(() => ada.tile('Bob').isVisible(), 'has a tile of Bob');
  await bob.until(() => bob.tile('Ada').isVisible(), 'has a tile of Ada');
  for (const one of [ada, bob]) await one.until(() => one.page.getByText('Connecting…').isHidden(), 'is connected');
  return [ada, bob];
}

test('two meet by a link, see and hear each other, mute and part', async (t) => {
  const ada = await visit(t, 0, '/', DESK);
  await ada.button('New meeting').click();
  await ada.page.waitForURL(/\/m\/[a-z]{4}-[a-z]{4}-[a-z]{4}$/);
  await ada.until(() => seeOn(ada.page.getByLabel('Your picture'), 'Ada'), 'sees the own colour before going in');
  await ada.until(async () => (await ada.microphoneLevel()) > 0, 'sees the microphone move before going in');
  await ada.enter('Ada Lovelace');

  const bob = await visit(t, 1, ada.page.url(), PHONE);
  await bob.button('Turn camera off').click();
  await bob.enter('Bob');

  await ada.until(() => ada.tile('Bob').isVisible(), 'has a tile of Bob');
  await bob.until(() => bob.tile('Ada Lovelace').isVisible(), 'has a tile of Ada');
  await ada.until(() => see(ada.tile('Ada Lovelace'), 'Ada'), 'sees the own colour');
  await bob.until(() => see(bob.tile('Ada Lovelace'), 'Ada'), 'sees the colour of Ada');
  await bob.until(() => bob.hears(CAST.Ada.tone), 'hears the tone of Ada', () => bob.levels());
  await ada.until(() => ada.hears(CAST.Bob.tone), 'hears the tone of Bob', () => ada.levels());
  await bob.fits();
  await bob.button('Start camera').click();
  await ada.until(() => see(ada.tile('Bob'), 'Bob'), 'sees the colour of Bob');
  await bob.button('Stop camera').click();
  await ada.until(() => ada.tile('Bob').locator('video').isHidden(), 'sees no picture of Bob');
  await bob.until(() => bob.tile('Bob').locator('video').isHidden(), 'sees no own picture');

  await ada.button('Mute').click();
  await bob.until(() => bob.tile('Ada Lovelace').getByTitle('Muted').isVisible(), 'sees that Ada is muted');
  await ada.page.keyboard.press('m');
  await bob.until(() => bob.tile('Ada Lovelace').getByTitle('Muted').isHidden(), 'sees that Ada is not muted');

  await ada.button('Leave').click();
  await ada.until(() => ada.heading('You left').isVisible(), 'is told of having left');
  await bob.until(async () => !(await bob.tile('Ada Lovelace').isVisible()), 'has no tile of Ada');
  await ada.button('Join again').click();
  await ada.button('Join').click();
  await bob.until(() => bob.tile('Ada Lovelace').isVisible(), 'has a tile of Ada again');
  assert.deepEqual([ada.complaints, bob.complaints], [[], []]);
});

test('a screen is shared, held, and no longer shared', async (t) => {
  const [ada, bob] = await meet(t, '/m/tela-tela-tela');
  await bob.button('Share').click();
  await ada.until(() => see(ada.tile('Bob: screen'), 'Bob'), 'sees the screen of Bob');
  const [screen, person] = await Promise.all([ada.tile('Bob: screen').boundingBox(), ada.tile('Bob').boundingBox()]);
  assert.ok(screen.width > 3 * person.width, 'the screen is large and the people are small');
  await bob.until(() => bob.tile('Your screen').isVisible(), 'sees the own screen');
  await ada.page.keyboard.press('p');
  await ada.until(() => ada.page.getByRole('listitem').filter({ hasText: 'Bob' }).getByText('shares').isVisible(), 'has on the list that Bob shares');

  await bob.button('Pause').click();
  await bob.until(() => bob.page.getByText('Your share is on hold').isVisible(), 'is told that the share is on hold');
  await bob.button('Go on').click();
  await ada.button('Share').click();
  await bob.until(() => see(bob.tile('Ada: screen'), 'Ada'), 'sees the screen of Ada beside the own one');
  await bob.button('Stop sharing').click();
  await ada.until(async () => !(await ada.tile('Bob: screen').isVisible()), 'sees no screen of Bob');
  await bob.until(() => see(bob.tile('Ada: screen'), 'Ada'), 'still sees the screen of Ada');
  assert.deepEqual([ada.complaints, bob.complaints], [[], []]);
});

test('what is written is read, also by who comes later', async (t) => {
  const [ada, bob] = await meet(t, '/m/buka-buka-buka');
  await ada.write('Hello <b>Bob</b>, see https://example.org/a');
  await ada.until(() => ada.page.getByRole('log').getByText('Hello <b>Bob</b>').isVisible(), 'reads the own words');
  await bob.until(() => bob.page.getByRole('button', { name: /Chat.*1 unread/ }).isVisible(), 'is told of one unread message');
  await bob.write('Hello Ada');
  await bob.until(() => bob.page.getByRole('link', { name: 'https://example.org/a' }).isVisible(), 'reads the words of Ada');
  assert.ok(await bob.button('Chat').isVisible(), 'nothing is unread any more');
  await ada.until(() => ada.page.getByRole('log').getByText('Hello Ada').isVisible(), 'reads the words of Bob');
  await ada.page.getByRole('textbox', { name: 'Message' }).fill('ä'.repeat(1_025));
  await ada.page.keyboard.press('Enter');
  await ada.until(() => ada.page.getByText('too long').isVisible(), 'is told that a message is too long');

  await bob.button('Leave').click();
  await bob.button('Join again').click();
  await bob.button('Join').click();
  await bob.until(() => bob.page.getByRole('button', { name: /Chat.*unread/ }).isVisible(), 'is told of what was written before');
});

test('devices are chosen before the call and in it', async (t) => {
  const ada = await visit(t, 0, '/m/kabo-kabo-kabo', DESK);
  await ada.button('Turn camera off').waitFor();
  const microphones = ada.page.getByLabel('Microphone', { exact: true });
  const names = () => microphones.locator('option').allTextContents();
  const named = async () => ((all) => all.length > 1 && all.every((text) => text !== ''))(await names());
  await ada.until(named, 'finds the names of several microphones', names);
  await microphones.selectOption({ index: 1 });
  const chosen = await microphones.inputValue();
  await ada.until(async () => (await ada.microphoneLevel()) > 0, 'sees the other microphone move');
  await ada.enter('Ada');
  await ada.button('More').click();
  await ada.button('Settings').click();
  await ada.until(async () => (await microphones.inputValue()) === chosen, 'finds the choice in the settings');
  await ada.until(async () => (await ada.microphoneLevel()) > 0, 'sees the microphone move in the call');
  await microphones.selectOption({ index: 0 });
  await ada.until(async () => (await ada.microphoneLevel()) > 0, 'sees the first microphone move');
  await ada.page.keyboard.press('i');
  await ada.until(() => ada.page.getByRole('heading', { name: 'Your voice' }).isVisible(), 'finds figures of the own voice');
  assert.deepEqual(ada.complaints, []);
});

test('a microphone that is chosen while the page connects is the one that speaks', async (t) => {
  const ada = await visit(t, 0, '/m/foni-foni-foni', DESK);
  let goOn;
  const chosen = new Promise((resolve) => (goOn = resolve));
  await ada.page.routeWebSocket(/\/control\//, (near) => {
    const far = near.connectToServer();
    far.onMessage((message) => chosen.then(() => near.send(message)));
  });
  await ada.enter('Ada');
  await ada.button('More').click();
  await ada.button('Settings').click();
  const microphones = ada.page.getByLabel('Microphone', { exact: true });
  await ada.until(async () => (await microphones.locator('option').count()) > 1, 'has a choice');
  await microphones.selectOption({ index: 1 });
  await ada.until(async () => (await ada.microphoneLevel()) > 0, 'sees the other microphone move');
  assert.ok(await ada.page.getByText('Connecting…').isVisible());
  goOn();
  await ada.page.keyboard.press('i');
  await ada.until(() => ada.page.getByRole('heading', { name: 'Your voice' }).isVisible(), 'finds figures of the own voice');
  assert.deepEqual(ada.complaints, []);
});

test('one ends the meeting for all', async (t) => {
  const [ada, bob] = await meet(t, '/m/fini-fini-fini');
  await ada.button('More').click();
  await ada.button('End for all…').click();
  await ada.button('Cancel').click();
  assert.ok(await ada.tile('Bob').isVisible(), 'thinking twice ends nothing');
  await ada.button('More').click();
  await ada.button('End for all…').click();
  await ada.button('End for all').click();
  for (const one of [ada, bob]) await one.until(() => one.heading('The meeting has ended').isVisible(), 'is told of the end');
  await bob.button('Join again').click();
  await bob.enter('Bob');
  await bob.until(() => bob.page.getByText('Nobody else is here yet').isVisible(), 'is alone in a fresh meeting');
});

test('a keyboard alone goes in, speaks, writes and leaves', async (t) => {
  const ada = await visit(t, 0, '/', DESK);
  const { keyboard } = ada.page;
  await ada.walkTo('button', 'New meeting');
  await keyboard.press('Enter');
  await ada.until(() => ada.heading('Ready to join?').isVisible(), 'is before the door');
  await ada.walkTo('textbox', 'Your name');
  await keyboard.type('Ada');
  await ada.walkTo('button', 'Join');
  assert.ok(await ada.focusShows(), 'one sees where one is');
  await keyboard.press('Enter');
  await ada.until(() => ada.page.getByText('Nobody else is here yet').isVisible(), 'is in');
  await ada.walkTo('button', 'Mute');
  await keyboard.press('Space');
  await ada.until(() => ada.button('Unmute').isVisible(), 'is muted');
  await ada.walkTo('button', 'Chat');
  await keyboard.press('Enter');
  await keyboard.type('mute me not');
  await keyboard.press('Enter');
  await ada.until(() => ada.page.getByRole('log').getByText('mute me not').isVisible(), 'has written');
  assert.ok(await ada.button('Unmute').isVisible(), 'typing presses no shortcut');
  await keyboard.press('Escape');
  await ada.until(() => ada.isAt('button', 'Chat'), 'is back at the button');
  await keyboard.press('?');
  await ada.until(() => ada.heading('Keyboard shortcuts').isVisible(), 'reads the shortcuts');
  await keyboard.press('Escape');
  await ada.walkTo('button', 'More');
  await keyboard.press('Enter');
  await ada.walkTo('button', 'Statistics');
  await keyboard.press('Enter');
  await ada.until(() => ada.page.getByText('Round trip').isVisible(), 'reads the figures');
  await ada.walkTo('button', 'Leave');
  await keyboard.press('Enter');
  await ada.until(() => ada.heading('You left').isVisible(), 'has left');
  assert.deepEqual(ada.complaints, []);
});

test('a lost network is told in words', async (t) => {
  const ada = await visit(t, 0, '/m/reti-reti-reti', DESK);
  const context = ada.page.context();
  await ada.button('Turn camera off').waitFor();
  await context.setOffline(true);
  await ada.page.getByLabel('Your name').fill('Ada');
  await ada.button('Join').click();
  await ada.until(() => ada.page.getByText('You are offline').isVisible(), 'is told before the door');
  await context.setOffline(false);
  await ada.enter('Ada');
  await ada.until(() => ada.page.getByText('Nobody else is here yet').isVisible(), 'is in');
  await context.setOffline(true);
  await ada.until(() => ada.page.getByText('You are offline').isVisible(), 'is told in the room');
  await context.setOffline(false);
  await ada.until(() => ada.page.getByText('Nobody else is here yet').isVisible(), 'is back');
});

test('the end of a meeting is told in words', async (t) => {
  const ada = await visit(t, 0, '/m/ende-ende-ende', DESK);
  const meeting = await ada.enter('Ada');
  const bob = await visit(t, 1, '/m/ende-ende-ende', PHONE);
  const { Attendee } = await bob.enter('Bob');
  await ada.until(() => ada.tile('Bob').isVisible(), 'has a tile of Bob');
  await scene.api.deleteAttendee(meeting.Meeting, Attendee);
  await bob.until(() => bob.heading('You were removed').isVisible(), 'is told of the removal');
  await scene.api.deleteMeeting(meeting.Meeting);
  await ada.until(() => ada.heading('The meeting has ended').isVisible(), 'is told of the end');
});

test('a refused microphone is explained, and one is in all the same', async (t) => {
  const ada = await visit(t, 0, '/m/nomi-nomi-nomi', { ...PHONE, refuse: true });
  await ada.until(() => ada.page.getByText('The browser refused').isVisible(), 'is told why');
  await ada.enter('Ada');
  await ada.until(() => ada.page.getByText('Nobody else is here yet').isVisible(), 'is in');
  await ada.button('Unmute').click();
  await ada.until(() => ada.page.getByText('The browser refused the microphone').isVisible(), 'is told why again');
  assert.ok(await ada.button('Unmute').isVisible());
});

test('a name that the API cannot carry is refused in words', async (t) => {
  const ada = await visit(t, 0, '/m/nami-nami-nami', DESK);
  await ada.page.getByLabel('Your name').fill('100 % Ada');
  await ada.button('Join').click();
  await ada.until(async () => /name/i.test(await ada.page.getByRole('alert').innerText()), 'is told what to change');
});

test('other sites neither make attendees nor end meetings', async () => {
  const ask = (what, content, headers) =>
    fetch(new URL(`/demo/meetings/bako-rilu-temo/${what}`, scene.service.endpoint), {
      method: 'POST',
      body: JSON.stringify(content),
      headers: { 'content-type': 'application/json', ...headers },
    });
  const own = { origin: new URL(scene.service.endpoint).origin };
  const admission = await ask('attendees', { name: 'Eve' }, own);
  assert.equal(admission.status, 200);
  const meeting = (await admission.json()).Meeting.MeetingId;
  for (const foreign of [{ origin: 'https://elsewhere.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    assert.equal((await ask('attendees', { name: 'Eve' }, foreign)).status, 403);
    assert.equal((await ask('end', { meeting }, foreign)).status, 403);
  }
  assert.equal((await ask('end', { meeting }, own)).status, 204);
});

test('the licences of everything in the program can be read', async (t) => {
  const ada = await visit(t, 0, '/', DESK);
  await ada.page.getByRole('link', { name: 'Open-source licences' }).click();
  await ada.until(() => ada.page.getByText('amazon-chime-sdk-js').first().isVisible(), 'finds the client');
  assert.ok((await ada.page.getByText(/\btokio \d/).count()) > 0);
});
