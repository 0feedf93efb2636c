import { say } from '../announcer.ts';
import type { Chat, ChatMessage } from '../call/chat.ts';
import { element, spoken } from '../element.ts';
import { icon } from '../icons.ts';
import type { Panel } from './side_panel.ts';

const LINK = /(https?:\/\/[^\s<>"]+)/;

/** The conversation in writing: what was said, and a field to say more. */
export class ChatPanel implements Panel {
  readonly title = 'Chat';
  readonly root: HTMLElement;
  /** How many messages came while nobody looked. */
  unread = 0;

  readonly #chat: Chat;
  readonly #canSend: () => boolean;
  readonly #log = element('ol', { class: 'log', role: 'log', 'aria-label': 'Messages', tabindex: '0' });
  readonly #empty = element('p', { class: 'empty' }, 'Nothing yet. Who joins within five minutes can still read what you write.');
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #text = element('textarea', { rows: '2', 'aria-label': 'Message', placeholder: 'Message to everyone' });
  #inView = false;

  constructor(chat: Chat, canSend: () => boolean) {
    this.#chat = chat;
    this.#canSend = canSend;
    const send = element('button', { type: 'submit', class: 'primary', title: 'Send' }, icon('send'), spoken('Send'));
    const form = element('form', { class: 'composer', submit: (event) => this.#submit(event) }, this.#text, send);
    this.#text.addEventListener('keydown', (event) => {
      // Enter also ends a word in many scripts' input methods.
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.#submit(event);
    });
    this.root = element('div', { class: 'chat' }, this.#empty, this.#log, this.#problem, form);
  }

  said(message: ChatMessage): void {
    this.#empty.hidden = true;
    this.#log.append(line(message));
    this.#log.scrollTop = this.#log.scrollHeight;
    if (this.#inView) return;
    this.unread += 1;
    say(`${message.name} writes: ${message.text}`);
  }

  opened(): void {
    this.#inView = true;
    this.unread = 0;
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#text.focus();
  }

  closed(): void {
    this.#inView = false;
  }

  #submit(event: Event): void {
    event.preventDefault();
    const text = this.#text.value.trim();
    this.#problem.textContent = this.#objection(text);
    if (!text || this.#problem.textContent) return;
    this.#chat.send(text);
    this.#text.value = '';
  }

  #objection(text: string): string {
    if (!this.#canSend()) return 'Not connected. Send it again in a moment.';
    if (!this.#chat.fits(text)) return 'This is too long for one message. Send it in parts.';
    return '';
  }
}

function line({ name, self, text, at }: ChatMessage): HTMLElement {
  const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const who = element('p', { class: 'who' }, element('b', {}, self ? 'You' : name), ' ', element('time', { datetime: at.toISOString() }, time));
  return element('li', self ? { class: 'own' } : {}, who, element('p', { class: 'text' }, ...withLinks(text)));
}

function withLinks(text: string): (Node | string)[] {
  return text.split(LINK).map((part) => (LINK.test(part) ? element('a', { href: part, target: '_blank', rel: 'noopener' }, part) : part));
}
