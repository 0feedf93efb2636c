import { readCode } from './code.ts';
import type { Devices } from './devices.ts';
import { element } from './element.ts';

/** What somebody at the door asks for. */
export interface Wish {
  name: string;
  /** Null asks for a fresh meeting. */
  code: string | null;
  microphone: boolean;
  camera: boolean;
}

const NAME_KEY = 'carillon.name';
/** The server takes no longer name, because it has to fit an external user id. */
const NAME_LIMIT = 40;

/** The door of a meeting: name, devices, and a button. */
export class Lobby {
  readonly root: HTMLElement;

  readonly #code: string | null;
  readonly #devices: Devices;
  readonly #join: (wish: Wish) => Promise<void>;
  readonly #name = element('input', {
    id: 'name',
    name: 'name',
    autocomplete: 'nickname',
    maxlength: String(NAME_LIMIT),
    required: true,
    placeholder: 'Ada Lovelace',
    value: localStorage.getItem(NAME_KEY) ?? '',
  });
  readonly #typedCode = element('input', {
    id: 'code',
    name: 'code',
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'none',
    placeholder: 'bako-rilu-temo',
  });
  readonly #microphone = element('input', { type: 'checkbox', id: 'microphone', checked: true });
  readonly #camera = element('input', { type: 'checkbox', id: 'camera', change: () => void this.#preview() });
  readonly #picture = element('video', { class: 'mirrored', 'aria-label': 'Your picture', playsinline: true });
  readonly #previewBox = element('div', { class: 'preview', hidden: true }, this.#picture);
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #button: HTMLButtonElement;

  constructor(code: string | null, devices: Devices, join: (wish: Wish) => Promise<void>) {
    this.#code = code;
    this.#devices = devices;
    this.#join = join;
    this.#button = element('button', { type: 'submit', class: 'primary' });
    this.#busy(false);
    this.#typedCode.addEventListener('input', () => this.#busy(false));
    this.root = element(
      'main',
      { class: 'door' },
      element('form', { class: 'card', submit: (event) => void this.#submit(event) }, ...this.#form()),
      element('footer', {}, element('a', { href: '/licenses' }, 'Open-source licences')),
    );
  }

  /** Says what stands in the way. */
  complain(text: string): void {
    this.#problem.textContent = text;
  }

  #form(): Node[] {
    const heading = this.#code
      ? [element('h1', {}, 'Join the meeting'), element('p', { class: 'code' }, this.#code)]
      : [element('h1', {}, 'Carillon'), element('p', {}, 'Start a meeting and send its link to the others.')];
    return [
      ...heading,
      element('label', { for: 'name' }, 'Your name'),
      this.#name,
      element(
        'fieldset',
        { class: 'switches' },
        element('legend', {}, 'Go in with'),
        element('label', { class: 'switch' }, this.#microphone, 'Microphone'),
        element('label', { class: 'switch' }, this.#camera, 'Camera'),
      ),
      this.#previewBox,
      ...(this.#code ? [] : [element('label', { for: 'code' }, 'Meeting code or link, if you have one'), this.#typedCode]),
      this.#problem,
      this.#button,
    ];
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    this.complain('');
    const name = this.#name.value.trim();
    if (!name) return this.complain('Type your name, so that the others know who you are.');
    const typed = this.#typedCode.value.trim();
    const code = this.#code ?? readCode(typed);
    if (typed && !code) return this.complain('This is not a meeting code. A code looks like bako-rilu-temo.');
    localStorage.setItem(NAME_KEY, name);
    this.#busy(true);
    try {
      await this.#join({ name, code, microphone: this.#microphone.checked, camera: this.#camera.checked });
    } finally {
      this.#busy(false);
    }
  }

  #busy(busy: boolean): void {
    this.#button.disabled = busy;
    const join = this.#code !== null || this.#typedCode.value.trim() !== '';
    this.#button.textContent = busy ? 'One moment…' : join ? 'Join' : 'New meeting';
  }

  /** Shows the picture that the others will see, before anybody sees it. */
  async #preview(): Promise<void> {
    this.complain('');
    const { controller } = this.#devices;
    if (!this.#camera.checked) {
      controller.stopVideoPreviewForVideoInput(this.#picture);
      await this.#devices.stopCamera();
    } else {
      const trouble = await this.#devices.start('camera');
      if (trouble) {
        this.#camera.checked = false;
        this.complain(trouble);
      } else {
        controller.startVideoPreviewForVideoInput(this.#picture);
      }
    }
    this.#previewBox.hidden = !this.#camera.checked;
  }
}
