import { element } from '../element.ts';

/** How long a passing remark stays. */
const REMARK_MS = 8_000;

/** Says something that passes. */
export class Remark {
  readonly root = element('p', { class: 'remark', role: 'alert', hidden: true });
  #timer = 0;

  say(text: string): void {
    this.root.textContent = text;
    this.root.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.root.hidden = true;
    }, REMARK_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
