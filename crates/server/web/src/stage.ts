import type { Call, Participant } from './call.ts';
import { element } from './element.ts';
import { icon } from './icons.ts';

const SHAPE = 16 / 9;
const GAP = 12;

/** The tiles, as large as they fit. */
export class Stage {
  readonly root = element('section', { class: 'stage', 'aria-label': 'Participants' });

  readonly #call: Call;
  readonly #tiles = new Map<string, Tile>();
  readonly #watch = new ResizeObserver(() => this.#arrange());

  constructor(call: Call) {
    this.#call = call;
    this.#watch.observe(this.root);
  }

  update(): void {
    const { participants } = this.#call;
    for (const [id, tile] of this.#tiles) {
      if (participants.has(id)) continue;
      tile.root.remove();
      this.#tiles.delete(id);
    }
    for (const participant of participants.values()) {
      let tile = this.#tiles.get(participant.id);
      if (!tile) {
        tile = new Tile(this.#call, participant);
        this.#tiles.set(participant.id, tile);
        this.root.append(tile.root);
        this.#arrange();
      }
      tile.update();
    }
    this.#arrange();
  }

  close(): void {
    this.#watch.disconnect();
  }

  /** Takes the number of columns that makes the tiles largest. */
  #arrange(): void {
    const { clientWidth: width, clientHeight: height } = this.root;
    const count = this.#tiles.size;
    let best = 0;
    for (let columns = 1; columns <= count; columns++) {
      const rows = Math.ceil(count / columns);
      const wide = (width - GAP * (columns - 1)) / columns;
      const high = (height - GAP * (rows - 1)) / rows;
      best = Math.max(best, Math.min(wide, high * SHAPE));
    }
    this.root.style.setProperty('--tile', `${Math.floor(best)}px`);
  }
}

/** One person, or what one shares. */
class Tile {
  readonly root: HTMLElement;

  readonly #call: Call;
  readonly #participant: Participant;
  readonly #video = element('video', { playsinline: true });
  readonly #muted = element('span', { class: 'muted', title: 'Muted' }, icon('microphoneOff'), element('span', { class: 'spoken' }, 'muted'));
  #shown: number | null = null;

  constructor(call: Call, participant: Participant) {
    this.#call = call;
    this.#participant = participant;
    const { name, self, content } = participant;
    const caption = content ? `${name}: screen` : self ? `${name} (you)` : name;
    this.root = element(
      'figure',
      { class: `tile${self ? ' self' : ''}${content ? ' content' : ''}`, 'data-attendee': participant.id },
      element('span', { class: 'initials', 'aria-hidden': 'true' }, initials(name)),
      this.#video,
      element('figcaption', {}, this.#muted, caption),
    );
  }

  update(): void {
    const { tile, muted, speaking } = this.#participant;
    if (tile !== this.#shown) {
      if (tile !== null) this.#call.show(tile, this.#video);
      this.#shown = tile;
    }
    this.#video.hidden = tile === null;
    this.#muted.hidden = !muted;
    this.root.classList.toggle('speaking', speaking && !muted);
  }
}

function initials(name: string): string {
  const letters = name.split(/\s+/).filter(Boolean).map((word) => [...word][0] ?? '');
  return (letters.length > 1 ? [letters[0], letters.at(-1)] : letters).join('').toUpperCase();
}
