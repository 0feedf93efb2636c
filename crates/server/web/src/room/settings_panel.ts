import { DevicePicker } from '../devices/device_picker.ts';
import type { Devices } from '../devices/devices.ts';
import { LevelMeter } from '../devices/level_meter.ts';
import { element } from '../element.ts';
import type { Panel } from './side_panel.ts';

/** Other devices, in the middle of a call. */
export class SettingsPanel implements Panel {
  readonly title = 'Settings';
  readonly root = element('div', { class: 'settings' });

  readonly #devices: Devices;
  readonly #troubled: (text: string) => void;
  readonly #meter: LevelMeter;
  #picker: DevicePicker | null = null;

  constructor(devices: Devices, troubled: (text: string) => void) {
    this.#devices = devices;
    this.#troubled = troubled;
    this.#meter = new LevelMeter(devices);
  }

  opened(): void {
    this.#picker = new DevicePicker(this.#devices, (_kind, trouble) => trouble && this.#troubled(trouble));
    const hint = element('p', { class: 'hearing' }, element('span', { 'aria-hidden': 'true' }, 'Your microphone'), this.#meter.root);
    this.root.replaceChildren(this.#picker.root, hint);
    this.#meter.follow();
  }

  closed(): void {
    this.#picker?.close();
    this.#meter.rest();
  }
}
