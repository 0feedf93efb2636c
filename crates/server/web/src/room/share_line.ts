import type { Share } from '../call/share.ts';
import { element } from '../element.ts';

/** Reminds of the own share, and holds or stops it. */
export class ShareLine {
  readonly root: HTMLElement;

  readonly #share: Share;
  readonly #words = element('span', {});
  readonly #pause = element('button', { type: 'button', class: 'quiet', click: () => this.#toggle() });

  constructor(share: Share) {
    this.#share = share;
    const stop = element('button', { type: 'button', class: 'quiet', click: () => share.stop() }, 'Stop sharing');
    this.root = element('div', { class: 'share-line', role: 'group', 'aria-label': 'Your share', hidden: true }, this.#words, this.#pause, stop);
  }

  update(): void {
    const { state } = this.#share;
    this.root.hidden = state !== 'on' && state !== 'paused';
    this.#words.textContent = state === 'paused' ? 'Your share is on hold' : 'You share your screen';
    this.#pause.textContent = state === 'paused' ? 'Go on' : 'Pause';
  }

  #toggle(): void {
    this.#share.setPaused(this.#share.state === 'on');
  }
}
