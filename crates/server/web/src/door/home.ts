import { element } from '../element.ts';
import { newCode, readCode } from './code.ts';

/** The start: a fresh meeting, or one that others are in. */
export class Home {
  readonly root: HTMLElement;

  readonly #go: (code: string) => void;
  readonly #code = element('input', {
    id: 'code',
    name: 'code',
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'none',
    placeholder: 'bako-rilu-temo',
    'aria-describedby': 'problem',
  });
  readonly #problem = element('p', { class: 'problem', role: 'alert', id: 'problem' });

  constructor(go: (code: string) => void) {
    this.#go = go;
    this.root = element(
      'main',
      { class: 'door' },
      element(
        'section',
        { class: 'card' },
        element('img', { class: 'mark', src: document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? '', alt: '' }),
        element('h1', {}, 'Carillon'),
        element('p', {}, 'Talk, see each other and share a screen, right in the browser.'),
        element('button', { class: 'primary', click: () => go(newCode()) }, 'New meeting'),
        element('p', { class: 'or' }, 'or join one'),
        element(
          'form',
          { class: 'join', submit: (event) => this.#submit(event) },
          element('label', { for: 'code' }, 'Meeting code or link'),
          element('div', { class: 'line' }, this.#code, element('button', { type: 'submit', class: 'quiet' }, 'Join')),
          this.#problem,
        ),
      ),
      element('footer', {}, element('a', { href: '/licenses' }, 'Open-source licences')),
    );
  }

  #submit(event: Event): void {
    event.preventDefault();
    const code = readCode(this.#code.value);
    if (code) return this.#go(code);
    this.#problem.textContent = this.#code.value.trim()
      ? 'This is not a meeting code. A code looks like bako-rilu-temo.'
      : 'Type or paste what the others sent you, or start a new meeting.';
    this.#code.focus();
  }
}
