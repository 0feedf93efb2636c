import { admit, AdmissionError } from './admission.ts';
import { Call } from './call.ts';
import { codeInAddress, newCode } from './code.ts';
import { Devices } from './devices.ts';
import { say } from './element.ts';
import type { Ending } from './ending.ts';
import { farewell } from './farewell.ts';
import { Lobby, type Wish } from './lobby.ts';
import { Room } from './room.ts';

/** Leads from the door into the room and out again. */
export class App {
  readonly #place: HTMLElement;

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** Stands at the door that the address names. */
  knock(): void {
    const devices = new Devices();
    const lobby = new Lobby(codeInAddress(), devices, async (wish) => {
      try {
        await this.#enter(wish, devices);
      } catch (error) {
        if (!(error instanceof AdmissionError)) console.error(error);
        lobby.complain(error instanceof AdmissionError ? error.message : 'Something on this page went wrong. Reload it.');
      }
    });
    this.#show(lobby.root);
  }

  async #enter(wish: Wish, devices: Devices): Promise<void> {
    const code = wish.code ?? newCode();
    const admission = await admit(code, wish.name);
    if (codeInAddress() !== code) history.pushState(null, '', `/m/${code}`);
    let room: Room | null = null;
    const goodbye = () => call.leave();
    const call = new Call(admission, devices, {
      changed: () => room?.update(),
      came: ({ self, content, name }) => !self && say(content ? `${name} shares a screen` : `${name} joined`),
      went: ({ content, name }) => say(content ? `${name} stopped sharing` : `${name} left`),
      troubled: (text) => room?.remark(text),
      over: (ending) => {
        removeEventListener('pagehide', goodbye);
        room?.close();
        void devices.release();
        this.#part(ending);
      },
    });
    room = new Room(call, code);
    this.#show(room.root);
    addEventListener('pagehide', goodbye);
    await call.start(room.speaker, wish);
  }

  #part(ending: Ending): void {
    const again = () => this.knock();
    const elsewhere = () => {
      history.pushState(null, '', '/');
      this.knock();
    };
    this.#show(farewell(ending, again, elsewhere));
  }

  #show(root: HTMLElement): void {
    this.#place.replaceChildren(root);
    const first = root.querySelector<HTMLElement>('input:not([type=checkbox]), button.primary');
    first?.focus();
  }
}
