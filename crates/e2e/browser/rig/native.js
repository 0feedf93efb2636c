import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { CAST } from './browser.js';
import { program } from './program.js';
import { SLIDES, TONES } from './senses.js';
import { until } from './until.js';

/** How far from its own frequency a tone may be heard: half a second tells 4 Hz apart. */
const HERTZ = 6;
/** How far from its own hue a colour may be seen, after a codec. */
const DEGREES = 15;
/** The last lines that a failed test shows. */
const LINES = 40;

/** A member of the cast who comes as a native client: `carillon join`, read line by line. */
export class Native {
  #process;
  #folder;
  #lines = [];
  #ended = null;

  constructor(name, api, meeting) {
    Object.assign(this, { name, api, meeting });
  }

  /** Joins as a new attendee, or once more as one that is given, with the cast's tone and, if it shows itself, its colour. */
  async join({ shows = false, video, attendee, record, send, listens = false, simulcast = false, env = process.env } = {}) {
    this.wishedAt = Date.now();
    this.attendee = attendee ?? (await this.api.createAttendee(this.meeting, this.name));
    this.#folder = await mkdtemp(join(tmpdir(), 'carillon-native-'));
    const file = async (name, content) => {
      const path = join(this.#folder, name);
      await writeFile(path, JSON.stringify(content));
      return path;
    };
    const args = ['join', '--json', '--send', send ?? `tone:${CAST[this.name].tone}`];
    args.push('--meeting', await file('meeting.json', { Meeting: this.meeting }));
    args.push('--attendee', await file('attendee.json', { Attendee: this.attendee }));
    args.push('--video', video ?? (shows ? `pattern:${hueOf(CAST[this.name].colour)}` : 'none'));
    if (record) args.push('--record', record);
    if (listens) args.push('--listen');
    if (simulcast) args.push('--simulcast');
    this.#process = spawn(program(), args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#ended = once(this.#process, 'exit');
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#lines.push(line.startsWith('{') ? JSON.parse(line) : { log: line }));
    }
  }

  /** Gives it a command. */
  wish(command) {
    this.#process.stdin.write(`${command}\n`);
  }

  /** Everything it told of one kind. */
  told(event) {
    return this.#lines.filter((line) => line.event === event);
  }

  /** Its latest figures. */
  get stats() {
    return this.told('stats').at(-1);
  }

  until(fact, what, hang) {
    return until(fact, `${this.name} (native) ${what}`, () => this.#lines.slice(-LINES), hang);
  }

  async started() {
    await this.until(() => this.told('started').length > 0, 'is in');
  }

  /** Waits until exactly these are heard. */
  async hears(...names) {
    const wanted = names.map((name) => TONES[name]).sort((a, b) => a - b);
    const heard = () => this.stats?.tones_hz ?? [];
    await this.until(
      () => heard().length === wanted.length && wanted.every((hertz, i) => Math.abs(hertz - heard()[i]) <= HERTZ),
      names.length ? `hears ${names.join(' and ')}, and nobody else` : 'hears nobody',
    );
  }

  /** Waits until exactly these guests are seen, each in the own tile and colour, and moving. */
  async sees(...guests) {
    const first = this.stats?.pictures ?? [];
    const shows = ({ attendee, name }) => this.#showsIn(attendee.AttendeeId, hueOf(CAST[name].colour), first);
    await this.until(
      () => guests.every(shows) && this.#tiles().length === guests.length,
      guests.length ? `sees ${guests.map(({ name }) => name).join(' and ')}, and nobody else` : 'sees nobody',
    );
  }

  /** Waits until what a guest shares is seen. */
  async seesShare(guest) {
    await this.until(() => this.#showsIn(guest.contentId, hueOf(SLIDES.colour), []), `sees what ${guest.name} shares`);
  }

  /** Its picture as somebody wants it, for the browser client's policy of priorities. */
  wanted(priority, size) {
    return { attendee: this.attendee.AttendeeId, priority, size };
  }

  get contentId() {
    return `${this.attendee.AttendeeId}#content`;
  }

  /** Waits until it has ended, and gives why. */
  async ended() {
    await this.until(() => this.told('stopped').length > 0, 'is out');
    await this.#ended;
    return this.told('stopped').at(-1).status;
  }

  /** Ends it, if it has not ended, and takes its files away. */
  async close() {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await this.#ended;
    }
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }

  #tiles() {
    const gone = new Set(this.told('tile_removed').map(({ tile }) => tile));
    const tiles = new Map(this.told('tile').filter(({ tile, local }) => !local && !gone.has(tile)).map((tile) => [tile.tile, tile]));
    return [...tiles.values()];
  }

  #showsIn(attendee, hue, before) {
    const tile = this.#tiles().find((each) => each.attendee === attendee);
    const picture = this.stats?.pictures.find((each) => each.tile === tile?.tile);
    if (!picture || picture.hue === null) return false;
    const earlier = before.find((each) => each.tile === picture.tile)?.frames ?? 0;
    const apart = Math.abs(picture.hue - hue);
    return picture.frames > earlier && Math.min(apart, 360 - apart) <= DEGREES;
  }
}

/** The place of a colour on the colour circle, in degrees. */
function hueOf([r, g, b]) {
  const max = Math.max(r, g, b);
  const span = max - Math.min(r, g, b);
  const sixth = max === r ? ((g - b) / span + 6) % 6 : max === g ? (b - r) / span + 2 : (r - g) / span + 4;
  return Math.round(sixth * 60) % 360;
}
