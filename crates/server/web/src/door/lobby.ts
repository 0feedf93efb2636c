import { DevicePicker } from '../devices/device_picker.ts';
import type { Devices } from '../devices/devices.ts';
import { element } from '../element.ts';
import { recall, remember } from '../memory.ts';
import { Preview } from './preview.ts';

/** How somebody goes in. */
export interface Wish {
  name: string;
  microphone: boolean;
  camera: boolean;
}

/** The server takes no longer name, because it has to fit an external user id. */
const NAME_LIMIT = 40;

/** Before a meeting: one's name, a look into the mirror, and a button. */
export class Lobby {
  readonly root: HTMLElement;

  readonly #devices: Devices;
  readonly #join: (wish: Wish) => Promise<void>;
  readonly #preview: Preview;
  readonly #picker: DevicePicker;
  readonly #name = element('input', {
    id: 'name',
    name: 'name',
    autocomplete: 'nickname',
    maxlength: String(NAME_LIMIT),
    placeholder: 'Ada Lovelace',
    value: recall('name') ?? '',
    'aria-describedby': 'problem',
  });
  readonly #problem = element('p', { class: 'problem', role: 'alert', id: 'problem' });
  readonly #button = element('button', { type: 'submit', class: 'primary' }, 'Join');

  constructor(code: string, devices: Devices, join: (wish: Wish) => Promise<void>) {
    this.#devices = devices;
    this.#join = join;
    this.#preview = new Preview(devices, {
      changed: () => void this.#picker.refresh(),
      asked: () => this.complain(''),
      // Two devices may fail one after the other, each for its own reason.
      troubled: (text) => this.complain([this.#problem.textContent, text].filter(Boolean).join('\n')),
    });
    this.#picker = new DevicePicker(devices, (_kind, trouble) => {
      this.complain(trouble ?? '');
      this.#preview.show();
    });
    const form = element(
      'form',
      { class: 'card', novalidate: true, submit: (event) => void this.#submit(event) },
      element('h1', {}, 'Ready to join?'),
      element('p', {}, 'Meeting ', element('span', { class: 'code' }, code)),
      element('label', { for: 'name' }, 'Your name'),
      this.#name,
      this.#problem,
      this.#button,
    );
    this.root = element(
      'main',
      { class: 'lobby' },
      this.#preview.root,
      form,
      element('section', { class: 'devices', 'aria-label': 'Devices' }, this.#picker.root),
    );
    (this.#name.value ? this.#button : this.#name).dataset.first = '';
    void this.#preview.wake();
  }

  /** Says what stands in the way. */
  complain(text: string): void {
    this.#problem.textContent = text;
  }

  close(): void {
    this.#preview.close();
    this.#picker.close();
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    this.complain('');
    const name = this.#name.value.trim();
    if (!name) {
      this.complain('Type your name, so that the others know who you are.');
      return this.#name.focus();
    }
    remember('name', name);
    this.#busy(true);
    try {
      await this.#preview.settle();
      await this.#join({ name, microphone: this.#devices.isRunning('microphone'), camera: this.#devices.isRunning('camera') });
    } finally {
      this.#busy(false);
    }
  }

  #busy(busy: boolean): void {
    this.#button.disabled = busy;
    this.#button.textContent = busy ? 'One moment…' : 'Join';
  }
}
