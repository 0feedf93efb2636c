import { element } from '../element.ts';
import type { DeviceKind, Devices } from './devices.ts';
import { playTestSound } from './test_sound.ts';

const NAMES = { microphone: 'Microphone', camera: 'Camera', speaker: 'Speaker' } as const;

/** The lists to choose microphone, camera and speaker from; a choice counts at once. */
export class DevicePicker {
  readonly root: HTMLElement;

  readonly #devices: Devices;
  readonly #changed: (kind: DeviceKind, trouble: string | null) => void;
  readonly #lists: Map<DeviceKind, HTMLSelectElement>;
  readonly #forget: () => void;

  constructor(devices: Devices, changed: (kind: DeviceKind, trouble: string | null) => void) {
    this.#devices = devices;
    this.#changed = changed;
    const kinds: DeviceKind[] = devices.canChooseSpeaker ? ['microphone', 'camera', 'speaker'] : ['microphone', 'camera'];
    this.#lists = new Map(kinds.map((kind) => [kind, this.#list(kind)]));
    const fields = [...this.#lists].map(([kind, list]) => field(NAMES[kind], list));
    const test = element('button', { type: 'button', class: 'quiet', click: () => void playTestSound(devices.chosen('speaker')) });
    test.append('Play a test sound');
    this.root = element('div', { class: 'picker' }, ...fields, test);
    this.#forget = devices.watch(() => void this.refresh());
    void this.refresh();
  }

  /** Asks the browser again; once a device has been allowed, it also tells the names. */
  async refresh(): Promise<void> {
    for (const [kind, list] of this.#lists) {
      const devices = await this.#devices.list(kind);
      const options = devices.map(({ deviceId, label }, i) => option(deviceId, label || `${NAMES[kind]} ${i + 1}`));
      list.replaceChildren(...(options.length ? options : [option('', `The browser's ${kind}`)]));
      list.disabled = options.length === 0;
      const chosen = this.#devices.chosen(kind);
      if (devices.some(({ deviceId }) => deviceId === chosen)) list.value = chosen ?? '';
    }
  }

  close(): void {
    this.#forget();
  }

  #list(kind: DeviceKind): HTMLSelectElement {
    const list = element('select', { id: `device-${kind}`, name: kind });
    list.addEventListener('change', async () => this.#changed(kind, await this.#devices.choose(kind, list.value)));
    return list;
  }
}

function field(name: string, list: HTMLSelectElement): HTMLElement {
  return element('div', { class: 'field' }, element('label', { for: list.id }, name), list);
}

function option(value: string, text: string): HTMLOptionElement {
  return element('option', { value }, text);
}
