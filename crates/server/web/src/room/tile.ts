import type { Call } from '../call/call.ts';
import type { Participant } from '../call/participant.ts';
import { element, spoken } from '../element.ts';
import { icon } from '../icons.ts';

/** One person, or what one shares. */
export class Tile {
  readonly root: HTMLElement;

  readonly #call: Call;
  readonly #participant: Participant;
  readonly #video = element('video', { playsinline: true });
  readonly #muted = element('span', { class: 'muted', title: 'Muted' }, icon('microphoneOff'), spoken('muted'));
  #shown: number | null = null;

  constructor(call: Call, participant: Participant) {
    this.#call = call;
    this.#participant = participant;
    const { id, name, self, content } = participant;
    const kind = `${self ? ' self' : ''}${content ? ' content' : ''}`;
    this.root = element(
      'figure',
      { class: `tile${kind}`, 'data-attendee': id },
      content ? element('span', { class: 'waiting' }, 'The picture is on its way…') : initials(name),
      this.#video,
      ...(content && document.fullscreenEnabled ? [this.#expand()] : []),
      element('figcaption', {}, this.#muted, element('span', { class: 'name' }, caption(participant))),
    );
  }

  update(): void {
    const { tile, muted, speaking, content } = this.#participant;
    if (tile !== this.#shown) {
      if (tile !== null) this.#call.show(tile, this.#video);
      this.#shown = tile;
    }
    this.#video.hidden = tile === null;
    this.#muted.hidden = content || !muted;
    this.root.classList.toggle('speaking', speaking && !muted);
  }

  #expand(): HTMLElement {
    const act = () => void (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen());
    return element('button', { type: 'button', class: 'expand', title: 'Full screen', click: act }, icon('expand'), spoken('Full screen'));
  }
}

function caption({ name, self, content }: Participant): string {
  if (content) return self ? 'Your screen' : `${name}: screen`;
  return self ? `${name} (you)` : name;
}

function initials(name: string): HTMLElement {
  const letters = name.split(/\s+/).filter(Boolean).map((word) => [...word][0] ?? '');
  const text = (letters.length > 1 ? [letters[0], letters.at(-1)] : letters).join('').toUpperCase();
  return element('span', { class: 'initials', 'aria-hidden': 'true' }, text);
}
