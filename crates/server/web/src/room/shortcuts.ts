import { recall, remember } from '../memory.ts';

const WISH = 'shortcuts';

/** One key and what it does. */
export interface Shortcut {
  readonly key: string;
  readonly does: string;
  act(): void;
}

/** Single keys that act while nobody is typing. */
export class Shortcuts {
  readonly all: readonly Shortcut[];

  constructor(all: readonly Shortcut[]) {
    this.all = all;
    addEventListener('keydown', this.#press);
  }

  /** Speech input and tremor make single keys a trap; who wants none has none. */
  get on(): boolean {
    return recall(WISH) !== 'off';
  }

  set on(on: boolean) {
    remember(WISH, on ? 'on' : 'off');
  }

  close(): void {
    removeEventListener('keydown', this.#press);
  }

  readonly #press = (event: KeyboardEvent): void => {
    const { key, ctrlKey, metaKey, altKey, repeat, target } = event;
    if (ctrlKey || metaKey || altKey || repeat || document.querySelector('dialog[open], :popover-open')) return;
    const typing = target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea, select');
    // Escape is for leaving things, typing among them; it is never taken away.
    if (key !== 'Escape' && (typing || !this.on)) return;
    const shortcut = this.all.find((one) => one.key === key);
    if (!shortcut) return;
    // The key that opens a field must not be typed into it.
    if (key !== 'Escape') event.preventDefault();
    shortcut.act();
  };
}
