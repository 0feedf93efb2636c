import { Api } from './api.js';
import { Browser } from './browser.js';
import { Guest } from './guest.js';
import { SMALL } from './media.js';
import { Service } from './service.js';
import { Weather } from './weather.js';
import { Wire } from './wire.js';

/** What a file of tests needs: a service, and a browser process for each member of the cast that plays in it. */
export class Scene {
  static async set(...names) {
    return Scene.setWithPictures(SMALL, ...names);
  }

  static async setWithPictures(size, ...names) {
    return Scene.#open(Service.start(), names.map((name) => Browser.launch(name, size)));
  }

  /** @param {Record<string, string>} engines each member of the cast with the engine that it plays in */
  static async setIn(engines) {
    return Scene.#open(Service.start(), Object.entries(engines).map(([name, engine]) => Browser.launch(name, SMALL, engine)));
  }

  /** With a service that may be ended and restarted. */
  static async setDurable(...names) {
    return Scene.#open(Service.startDurable(), names.map((name) => Browser.launch(name, SMALL)));
  }

  /** With a service that has further flags. */
  static async setWith(flags, ...names) {
    return Scene.#open(Service.startWith(...flags), names.map((name) => Browser.launch(name, SMALL)));
  }

  /** With a service that is reached over TLS. */
  static async setSecure(...names) {
    return Scene.#open(Service.startSecure(), names.map((name) => Browser.launch(name, SMALL)));
  }

  static async #open(starting, launches) {
    const [service, ...browsers] = await Promise.all([starting, ...launches]);
    return new Scene(service, browsers);
  }

  constructor(service, browsers) {
    Object.assign(this, { service, browsers, api: new Api(service.endpoint, service.ca) });
  }

  /** A meeting with the first of the cast outside its door; all pages go when the test is over. */
  async meeting(t, count = this.browsers.length, features = undefined) {
    const meeting = await this.api.createMeeting(features);
    const guests = await Promise.all(this.browsers.slice(0, count).map((_, number) => this.guest(number, meeting)));
    t.after(() => Promise.all(guests.map(({ page }) => page.context().close())));
    return [meeting, ...guests];
  }

  /** Leads one guest's media over weather that can be changed, until the test is over; to be called before it joins. */
  async weatherFor(t, guest) {
    const weather = await Weather.over(this.service.media);
    const { SignalingUrl } = guest.meeting.MediaPlacement;
    const wire = await Wire.to(SignalingUrl, weather.substitutions);
    t.after(() => {
      wire.close();
      weather.close();
    });
    guest.meeting = wire.meeting(guest.meeting);
    return weather;
  }

  /** One more page in the browser of the cast's member with this number; whoever asks for it closes it. */
  guest(number, meeting) {
    return Guest.arrive(this.browsers[number], this.api, meeting);
  }

  async strike() {
    await Promise.all(this.browsers.map((browser) => browser.close()));
    this.api.close();
    await this.service.stop();
  }
}
