import { say } from './announcer.ts';
import { Call } from './call/call.ts';
import type { Ending } from './call/ending.ts';
import { Devices } from './devices/devices.ts';
import { admit, AdmissionError, end } from './door/admission.ts';
import { codeInAddress } from './door/code.ts';
import { farewell } from './door/farewell.ts';
import { Home } from './door/home.ts';
import { Lobby, type Wish } from './door/lobby.ts';
import { Room } from './room/room.ts';

const NAME = 'Carillon';

/** Leads from the start through the door into the room and out again. */
export class App {
  readonly #place: HTMLElement;

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** Stands where the address says. */
  arrive(): void {
    const code = codeInAddress();
    if (code) return this.#knock(code);
    this.#show(new Home((chosen) => this.#go(`/m/${chosen}`)).root, NAME);
  }

  #go(address: string): void {
    history.pushState(null, '', address);
    this.arrive();
  }

  #knock(code: string): void {
    const devices = new Devices();
    const lobby = new Lobby(code, devices, async (wish) => {
      try {
        await this.#enter(code, wish, devices, () => lobby.close());
      } catch (error) {
        if (!(error instanceof AdmissionError)) console.error(error);
        lobby.complain(error instanceof AdmissionError ? error.message : 'Something on this page went wrong. Reload it.');
      }
    });
    this.#show(lobby.root, `${code} · ${NAME}`);
  }

  async #enter(code: string, wish: Wish, devices: Devices, inside: () => void): Promise<void> {
    const admission = await admit(code, wish.name);
    let room: Room | null = null;
    const goodbye = () => call.leave();
    const call = new Call(admission, devices, {
      changed: () => room?.refresh(),
      came: ({ self, content, name }) => !self && say(content ? `${name} shares a screen` : `${name} joined`),
      went: ({ self, content, name }) => !self && say(content ? `${name} stopped sharing` : `${name} left`),
      said: (message) => room?.said(message),
      troubled: (text) => room?.remark(text),
      over: (ending) => {
        removeEventListener('pagehide', goodbye);
        room?.close();
        void devices.release();
        this.#part(ending);
      },
    });
    inside();
    room = new Room(call, code, devices, () => end(code, admission));
    this.#show(room.root, `${code} · ${NAME}`);
    addEventListener('pagehide', goodbye);
    await call.start(room.speaker, wish);
  }

  #part(ending: Ending): void {
    this.#show(farewell(ending, () => this.arrive(), () => this.#go('/')), `${ending.title} · ${NAME}`);
  }

  #show(root: HTMLElement, title: string): void {
    document.title = title;
    this.#place.replaceChildren(root);
    (root.querySelector<HTMLElement>('[data-first]') ?? root.querySelector<HTMLElement>('button.primary'))?.focus();
  }
}
