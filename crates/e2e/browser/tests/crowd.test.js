// As many pictures as a meeting may have, all seen by one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Scene } from '../rig/scene.js';
import { nearest } from '../rig/senses.js';
import { until } from '../rig/until.js';

const PICTURES = 25;
/** Sessions of one page share its thread; more pages cost more processes. */
const PAGES = 2;
/** Twenty-six clients that share two processors with the server take their time. */
const PATIENCE_MS = 60_000;

/** All mixtures of three shades of each primary colour: 27, which codecs change by less than half of what parts them. */
const SHADES = [40, 128, 216];
const COLOURS = SHADES.flatMap((r) => SHADES.flatMap((g) => SHADES.map((b) => [r, g, b])));

let scene;
before(async () => {
  scene = await Scene.set('Eve', 'Bob');
});
after(() => scene?.strike());

test('one sees all of twenty-five, each in the own tile, and one more is told that there is no place', async (t) => {
  const [meeting, eve] = await scene.meeting(t, 1);
  const pages = await Promise.all(Array.from({ length: PAGES }, () => scene.browsers[1].openHarness()));
  t.after(() => Promise.all(pages.map((page) => page.context().close())));
  const crowd = await enterAll(meeting, pages);
  const publishers = crowd.slice(0, PICTURES);
  const late = crowd[PICTURES];
  await everybody(pages, publishers, ({ phase }) => phase === 'started', 'is in');
  for (const { page, id } of publishers) await page.evaluate((i) => window.crowd.show(i), id);
  await everybody(pages, publishers, ({ refused, shows }) => shows && refused === 0, 'shows a picture');

  await eve.join({ microphone: false });
  const tiles = () => eve.do('tiles');
  await eve.until(async () => exactly(await tiles(), publishers), 'sees everybody', tiles, PATIENCE_MS);
  const before = new Map((await tiles()).map(({ attendee, frames }) => [attendee, frames]));
  const moving = ({ attendee, frames }) => frames > before.get(attendee) + 5;
  await eve.until(async () => (await tiles()).every(moving), 'sees everybody move', tiles, PATIENCE_MS);

  await everybody(pages, [late], ({ canStartVideo }) => canStartVideo === false, 'is told that there is no place');
  await late.page.evaluate((i) => window.crowd.show(i), late.id);
  await everybody(pages, [late], ({ refused, shows }) => refused === 1 && !shows, 'is refused');
  assert.ok(exactly(await tiles(), publishers));

  const [first] = publishers;
  await first.page.evaluate((i) => window.crowd.hide(i), first.id);
  await everybody(pages, [late], ({ canStartVideo }) => canStartVideo === true, 'is told that a place is free');
  await late.page.evaluate((i) => window.crowd.show(i), late.id);
  const others = [...publishers.slice(1), late];
  await eve.until(async () => exactly(await tiles(), others), 'sees who came in its place', tiles, PATIENCE_MS);
});

/** Brings everybody in without sound, which would cost most of the time, one after the other on each page. */
async function enterAll(meeting, pages) {
  const silent = { ...meeting, MediaPlacement: { ...meeting.MediaPlacement, AudioHostUrl: undefined } };
  const crowd = Array.from({ length: PICTURES + 1 }, (_, number) => ({ page: pages[number % PAGES], colour: COLOURS[number] }));
  const enter = async (person) => {
    const attendee = await scene.api.createAttendee(meeting, `rgb(${person.colour.join()})`);
    person.id = attendee.AttendeeId;
    await person.page.evaluate(([m, a, c]) => window.crowd.enter(m, a, c), [silent, attendee, attendee.ExternalUserId]);
  };
  await Promise.all(pages.map(async (page) => {
    for (const person of crowd.filter((other) => other.page === page)) await enter(person);
  }));
  return crowd;
}

async function everybody(pages, people, fact, what) {
  const members = async () => Object.assign({}, ...(await Promise.all(pages.map((page) => page.evaluate(() => window.crowd.members())))));
  await until(async () => {
    const all = await members();
    return people.every(({ id }) => fact(all[id]));
  }, `everybody of ${people.length} ${what}`, members, PATIENCE_MS);
}

/** Whether there is one tile for each of these people, with their name and colour, and no other. */
function exactly(tiles, people) {
  const right = ({ id, colour }) => tiles.some((tile) =>
    tile.attendee === id && tile.name === `rgb(${colour.join()})` && nearest(tile, COLOURS) === colour);
  return tiles.length === people.length && people.every(right);
}
