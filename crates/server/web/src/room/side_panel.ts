import { element, spoken } from '../element.ts';
import { icon } from '../icons.ts';

/** What may stand beside the tiles, one at a time. */
export type PanelName = 'chat' | 'people' | 'settings' | 'statistics' | 'shortcuts';

/** The content of the panel under one name. */
export interface Panel {
  readonly title: string;
  readonly root: HTMLElement;
  /** Called whenever it comes into view. */
  opened?(): void;
  /** Called whenever it goes out of view. */
  closed?(): void;
  /** Called while it is in view and something has changed. */
  update?(): void;
}

/** The column beside the tiles; on a phone it covers them. */
export class SidePanel {
  readonly root: HTMLElement;

  readonly #panels: Record<PanelName, Panel>;
  readonly #changed: () => void;
  readonly #title = element('h2', { tabindex: '-1' });
  readonly #body = element('div', { class: 'body' });
  #open: PanelName | null = null;
  #cameFrom: Element | null = null;

  constructor(panels: Record<PanelName, Panel>, changed: () => void) {
    this.#panels = panels;
    this.#changed = changed;
    const close = element('button', { type: 'button', class: 'plain', title: 'Close', click: () => this.close() }, icon('close'), spoken('Close'));
    this.root = element('aside', { class: 'side', hidden: true }, element('header', {}, this.#title, close), this.#body);
  }

  get open(): PanelName | null {
    return this.#open;
  }

  toggle(name: PanelName): void {
    if (this.#open === name) return this.close();
    if (this.#open) this.#panels[this.#open].closed?.();
    else this.#cameFrom = document.activeElement;
    this.#open = name;
    const panel = this.#panels[name];
    this.#title.textContent = panel.title;
    this.root.setAttribute('aria-label', panel.title);
    this.#body.replaceChildren(panel.root);
    this.root.hidden = false;
    this.#title.focus();
    panel.opened?.();
    this.#changed();
  }

  /** Closes what is open and goes back to where it was opened from. */
  close(): void {
    if (!this.#open) return;
    this.#panels[this.#open].closed?.();
    this.#open = null;
    this.root.hidden = true;
    if (this.#cameFrom instanceof HTMLElement && this.#cameFrom.isConnected) this.#cameFrom.focus();
    this.#changed();
  }

  update(): void {
    if (this.#open) this.#panels[this.#open].update?.();
  }
}
