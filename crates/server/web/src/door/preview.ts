import { ControlButton } from '../control_button.ts';
import type { Device, Devices } from '../devices/devices.ts';
import { LevelMeter } from '../devices/level_meter.ts';
import { element } from '../element.ts';
import { recall, remember } from '../memory.ts';

const WORDS = {
  microphone: { on: 'Turn microphone off', off: 'Turn microphone on' },
  camera: { on: 'Turn camera off', off: 'Turn camera on' },
} as const;

/** What a preview tells. */
export interface PreviewEvents {
  /** The person wants something else; what was wrong before is of no interest any more. */
  asked(): void;
  changed(): void;
  troubled(text: string): void;
}

/** What the others will see and hear, before they do. */
export class Preview {
  readonly root: HTMLElement;

  readonly #devices: Devices;
  readonly #events: PreviewEvents;
  readonly #picture = element('video', { 'aria-label': 'Your picture', playsinline: true, hidden: true });
  readonly #dark = element('p', { class: 'dark' }, 'The camera is off');
  readonly #meter: LevelMeter;
  readonly #buttons: Record<Device, ControlButton>;
  #settled: Promise<void> = Promise.resolve();

  constructor(devices: Devices, events: PreviewEvents) {
    this.#devices = devices;
    this.#events = events;
    this.#meter = new LevelMeter(devices);
    const button = (device: Device) => new ControlButton({}, () => this.#switch(device, !devices.isRunning(device)));
    this.#buttons = { microphone: button('microphone'), camera: button('camera') };
    const bar = element('div', { class: 'over' }, this.#buttons.microphone.root, this.#buttons.camera.root);
    this.root = element(
      'section',
      { class: 'preview', 'aria-label': 'How you will be seen and heard' },
      element('div', { class: 'picture' }, this.#picture, this.#dark, bar),
      element('div', { class: 'hearing' }, element('span', { 'aria-hidden': 'true' }, 'Speak, and this moves'), this.#meter.root),
    );
    this.#meter.follow();
    this.show();
  }

  /** Turns on what was on the last time. */
  async wake(): Promise<void> {
    this.#settled = this.#wake();
    await this.#settled;
  }

  /** Waits for devices that are about to start; a person may be quicker than they are. */
  async settle(): Promise<void> {
    await this.#settled;
  }

  /** Shows what is the case, also after another device was chosen. */
  show(): void {
    for (const device of ['microphone', 'camera'] as const) {
      const on = this.#devices.isRunning(device);
      this.#buttons[device].show({ icon: on ? device : `${device}Off`, text: WORDS[device][on ? 'on' : 'off'], off: !on });
    }
    const seen = this.#devices.isRunning('camera');
    this.#picture.hidden = !seen;
    this.#dark.hidden = seen;
    if (seen) this.#devices.controller.startVideoPreviewForVideoInput(this.#picture);
  }

  /** Stops listening and looking; the devices stay as they are. */
  close(): void {
    this.#meter.rest();
    if (this.#devices.isRunning('camera')) this.#devices.controller.stopVideoPreviewForVideoInput(this.#picture);
  }

  async #wake(): Promise<void> {
    for (const device of ['microphone', 'camera'] as const) {
      if (recall(wishOf(device)) !== 'off') await this.#turn(device, true);
    }
  }

  async #switch(device: Device, on: boolean): Promise<void> {
    remember(wishOf(device), on ? 'on' : 'off');
    this.#events.asked();
    await this.#turn(device, on);
  }

  async #turn(device: Device, on: boolean): Promise<void> {
    if (on) {
      const trouble = await this.#devices.start(device);
      if (trouble) this.#events.troubled(trouble);
    } else {
      if (device === 'camera') this.#devices.controller.stopVideoPreviewForVideoInput(this.#picture);
      await this.#devices.stop(device);
    }
    this.show();
    this.#events.changed();
  }
}

/** Under which name it is remembered whether a device shall be on. */
function wishOf(device: Device): string {
  return `${device}.wish`;
}
