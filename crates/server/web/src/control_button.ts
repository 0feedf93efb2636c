import { element, spoken } from './element.ts';
import { icon, type IconName } from './icons.ts';

/** What a button of the bar says and does at the moment. */
export interface ControlLook {
  icon: IconName;
  text: string;
  /** The device behind it is off. */
  off?: boolean;
  /** What it opens is open. */
  open?: boolean;
  /** How much waits behind it. */
  badge?: number;
}

/** A button with a picture and a word, both of which change with what it stands for. */
export class ControlButton {
  readonly root: HTMLButtonElement;
  #shown = '';

  constructor(attributes: Record<string, string>, act: () => Promise<void> | void) {
    this.root = element('button', { type: 'button', class: 'control', ...attributes });
    this.root.addEventListener('click', () => {
      // A device may take seconds to answer; a second click meanwhile would undo the first.
      if (this.root.getAttribute('aria-busy')) return;
      this.root.setAttribute('aria-busy', 'true');
      void Promise.resolve(act()).finally(() => this.root.removeAttribute('aria-busy'));
    });
  }

  show(look: ControlLook): void {
    const key = JSON.stringify(look);
    if (key === this.#shown) return;
    this.#shown = key;
    const { text, off = false, open, badge = 0 } = look;
    this.root.classList.toggle('off', off);
    if (open !== undefined) this.root.setAttribute('aria-expanded', String(open));
    this.root.replaceChildren(icon(look.icon), element('span', { class: 'word' }, text));
    if (badge > 0) this.root.append(element('span', { class: 'badge' }, String(badge), spoken(' unread')));
    this.root.title = text;
  }
}
