import type { Call } from '../call/call.ts';
import type { Participant } from '../call/participant.ts';
import { element } from '../element.ts';
import { fit, PERSON, PERSON_UPRIGHT, SCREEN, type Shape } from './grid.ts';
import { Tile } from './tile.ts';

/** The tiles, as large as they fit: what others share is large, and the people stand beside or below it. */
export class Stage {
  readonly root: HTMLElement;

  readonly #call: Call;
  readonly #shares = element('div', { class: 'shares' });
  readonly #people = element('div', { class: 'people' });
  readonly #tiles = new Map<string, Tile>();
  readonly #watch = new ResizeObserver(() => this.#arrange());

  constructor(call: Call) {
    this.#call = call;
    this.root = element('section', { class: 'stage', 'aria-label': 'Participants' }, this.#shares, this.#people);
    this.#watch.observe(this.#shares);
    this.#watch.observe(this.#people);
  }

  update(): void {
    const participants = this.#call.roster.all;
    const present = new Set(participants.map(({ id }) => id));
    for (const [id, tile] of this.#tiles) {
      if (present.has(id)) continue;
      tile.root.remove();
      this.#tiles.delete(id);
    }
    for (const participant of participants) this.#tile(participant).update();
    const sharing = this.#shares.childElementCount > 0;
    this.#shares.hidden = !sharing;
    this.root.classList.toggle('sharing', sharing);
    this.#arrange();
  }

  close(): void {
    this.#watch.disconnect();
  }

  #tile(participant: Participant): Tile {
    const known = this.#tiles.get(participant.id);
    if (known) return known;
    const tile = new Tile(this.#call, participant);
    this.#tiles.set(participant.id, tile);
    // A share of this very window, shown large on it, would hold itself without end; the own one stays small.
    (participant.content && !participant.self ? this.#shares : this.#people).append(tile.root);
    return tile;
  }

  #arrange(): void {
    arrange(this.#shares, SCREEN);
    const { clientWidth, clientHeight } = this.#people;
    arrange(this.#people, clientWidth < clientHeight ? PERSON_UPRIGHT : PERSON);
  }
}

function arrange(field: HTMLElement, shape: Shape): void {
  const size = { width: field.clientWidth, height: field.clientHeight };
  const { width, height } = fit(field.childElementCount, size, shape);
  field.style.setProperty('--width', `${width}px`);
  field.style.setProperty('--height', `${height}px`);
}
