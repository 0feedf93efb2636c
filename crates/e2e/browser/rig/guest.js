import { Conversation } from './conversation.js';
import { SLIDES, TONES, colourName, heardTones, shows } from './senses.js';
import { until } from './until.js';

/** One member of the cast in one meeting, asked in words about what is heard and seen. */
export class Guest {
  /** Opens a page in the browser and wakes its ears; nothing is joined yet. */
  static async arrive(browser, api, meeting) {
    const page = await browser.openHarness();
    const conversation = new Conversation(page);
    await page.evaluate(() => window.person.wake());
    return new Guest({ name: browser.name, size: browser.size, page, conversation, api, meeting });
  }

  constructor(parts) {
    Object.assign(this, parts);
  }

  /** Takes a place in the meeting and begins to join with it. */
  async join(wishes = {}) {
    this.wishedAt = Date.now();
    this.attendee = await this.api.createAttendee(this.meeting, this.name);
    await this.joinWith(this.attendee, wishes);
  }

  async joinWith(attendee, wishes = {}) {
    await this.page.evaluate(([m, a, w]) => window.person.join(m, a, w), [this.meeting, attendee, wishes]);
  }

  /** Calls one of the person's methods in the page. */
  do(method, ...args) {
    return this.page.evaluate(([name, rest]) => window.person[name](...rest), [method, args]);
  }

  state() {
    return this.do('state');
  }

  startVideo() {
    return this.do('startVideo', this.size);
  }

  /** Waits for a fact about this guest; a failure shows all that this guest knows. */
  until(fact, what, more, hang) {
    return until(fact, `${this.name} ${what}`, async () => ({ ...(await this.#evidence()), more: await more?.() }), hang);
  }

  async started() {
    await this.until(async () => (await this.state()).phase === 'started', 'is in');
  }

  /** Waits until exactly these are heard: members of the cast, and `Slides` for what is shared. */
  async hears(...names) {
    const wanted = names.map((name) => TONES[name]).sort((a, b) => a - b).join();
    let levels;
    const exactly = async () => {
      levels = await this.do('hear', Object.values(TONES));
      return heardTones(levels).join() === wanted;
    };
    const what = names.length ? `hears ${names.join(' and ')}, and nobody else` : 'hears nobody';
    await this.until(exactly, what, () => levels);
    return levels;
  }

  /** How much of a few seconds' sound was made up by the browser because it never came. */
  async concealedShare() {
    const before = await this.do('receivedSound');
    let now;
    await this.until(async () => {
      now = await this.do('receivedSound');
      return now.totalSamplesReceived - before.totalSamplesReceived > 4 * 48_000;
    }, 'has listened for four seconds');
    return (now.concealedSamples - before.concealedSamples) / (now.totalSamplesReceived - before.totalSamplesReceived);
  }

  /** Waits until exactly these members of the cast are seen: each in the own tile, in the own colour, and moving. */
  async sees(...guests) {
    const wanted = guests.map(({ name, attendee }) => `${attendee.AttendeeId} ${name}`).sort().join();
    const before = new Map();
    const exactly = async () => {
      const tiles = (await this.do('tiles')).filter(({ local, content }) => !local && !content);
      for (const { attendee, frames } of tiles) if (!before.has(attendee)) before.set(attendee, frames);
      const moving = tiles.every(({ attendee, frames }) => frames > before.get(attendee));
      return moving && tiles.map((tile) => `${tile.attendee} ${colourName(tile)}`).sort().join() === wanted;
    };
    const what = guests.length ? `sees ${guests.map(({ name }) => name).join(' and ')}, and nobody else` : 'sees nobody';
    await this.until(exactly, what);
  }

  /** This guest's picture as somebody wants it, for the client's policy of priorities. */
  wanted(priority, size) {
    return { attendee: this.attendee.AttendeeId, priority, size };
  }

  /** The tile of another guest's camera, if there is one. */
  async tileOf({ attendee: { AttendeeId } }) {
    return (await this.do('tiles')).find(({ attendee }) => attendee === AttendeeId);
  }

  /** Begins to share slides, with or without their tone. */
  async share({ tone, ...look } = {}) {
    await this.do('share', { colour: `rgb(${SLIDES.colour.join()})`, tone: tone ? SLIDES.tone : undefined, ...look });
  }

  /** Waits until exactly the shares of these guests are seen, this one's own preview aside, each in the slides' colour. */
  async seesShares(...guests) {
    const wanted = guests.map((guest) => guest.contentId).sort().join();
    await this.until(async () => {
      const tiles = (await this.do('tiles')).filter(({ content, attendee }) => content && attendee !== this.contentId);
      return tiles.every((tile) => shows(tile, SLIDES.colour)) && tiles.map(({ attendee }) => attendee).sort().join() === wanted;
    }, guests.length ? `sees what ${guests.map(({ name }) => name).join(' and ')} shares` : 'sees no share');
  }

  /** Waits until the client has told exactly this of the own share, in this order. */
  async toldOfShare(...events) {
    await this.until(async () => (await this.state()).shares.join() === events.join(), `is told of the share: ${events.join(', ')}`);
  }

  /** The attendee id of this guest's share. */
  get contentId() {
    return `${this.attendee?.AttendeeId}#content`;
  }

  /** Waits until exactly these guests are on the list of those present. */
  async lists(...guests) {
    const wanted = guests.map(({ attendee }) => attendee.AttendeeId).sort().join();
    await this.until(
      async () => Object.keys(await this.do('roster')).sort().join() === wanted,
      `has ${guests.map(({ name }) => name).join(', ')} on the list, and nobody else`,
    );
  }

  /** Waits until the list says of a guest that the microphone is off or on. */
  async listsMuted(guest, muted) {
    const entry = async () => (await this.do('roster'))[guest.attendee.AttendeeId];
    await this.until(async () => (await entry())?.muted === muted, `has ${guest.name} ${muted ? 'muted' : 'unmuted'} on the list`);
  }

  /** Waits until the client has stopped, for this reason, and told so at once: not found out by reconnecting. */
  async ended(status) {
    await this.until(async () => (await this.state()).phase === 'stopped', 'is out');
    const { status: actual, reconnects } = await this.state();
    if (actual === status && reconnects === 0) return;
    const evidence = JSON.stringify(await this.#evidence(), null, 1);
    throw new Error(`${this.name} should have ended with ${status}, not ${actual} after ${reconnects} reconnects\n${evidence}`);
  }

  async #evidence() {
    const { conversation } = this;
    return {
      state: await this.state(),
      roster: await this.do('roster'),
      tiles: await this.do('tiles'),
      conversation: conversation.lines,
    };
  }
}
