import type { Participant } from '../call/participant.ts';
import type { Roster } from '../call/roster.ts';
import { element, spoken } from '../element.ts';
import { icon } from '../icons.ts';
import type { Panel } from './side_panel.ts';

/** Everybody on a list: who speaks how loud, who is muted, who shares, and how well one is heard. */
export class PeoplePanel implements Panel {
  readonly title = 'People';
  readonly root = element('ul', { class: 'list', 'aria-label': 'People' });

  readonly #roster: Roster;
  readonly #rows = new Map<string, Row>();

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  opened(): void {
    this.update();
  }

  update(): void {
    const people = this.#roster.people;
    for (const [id, row] of this.#rows) {
      if (people.some((person) => person.id === id)) continue;
      row.root.remove();
      this.#rows.delete(id);
    }
    for (const person of people) {
      let row = this.#rows.get(person.id);
      if (!row) {
        row = new Row(person);
        this.#rows.set(person.id, row);
        this.root.append(row.root);
      }
      row.update(person, this.#roster.shares(person));
    }
  }
}

class Row {
  readonly root: HTMLElement;

  readonly #level = element('span', { class: 'level', 'aria-hidden': 'true' });
  readonly #sharing = element('span', { class: 'tag' }, 'shares');
  readonly #speaking = spoken('speaking');
  readonly #muted = element('span', { class: 'muted', title: 'Muted' }, icon('microphoneOff'), spoken('muted'));
  readonly #signal = element('span', { class: 'signal' }, element('i'), element('i'), element('i'), spoken(''));

  constructor({ name, self }: Participant) {
    const words = element('span', { class: 'name' }, self ? `${name} (you)` : name);
    this.root = element('li', {}, words, this.#speaking, this.#sharing, this.#muted, this.#level, this.#signal);
  }

  update({ muted, speaking, level, signal }: Participant, sharing: boolean): void {
    this.#sharing.hidden = !sharing;
    this.#speaking.hidden = !speaking || muted;
    this.#muted.hidden = !muted;
    this.#level.style.setProperty('--level', muted ? '0' : String(level));
    const words = signalWords(signal);
    if (this.#signal.title === words) return;
    this.#signal.title = words;
    this.#signal.dataset.bars = String(bars(signal));
    if (this.#signal.lastChild) this.#signal.lastChild.textContent = words;
  }
}

function bars(signal: number | null): number {
  if (signal === null) return 3;
  return Math.ceil(signal * 3);
}

function signalWords(signal: number | null): string {
  if (signal === null || signal >= 0.75) return 'Good connection';
  return signal > 0 ? 'Weak connection' : 'No connection';
}
