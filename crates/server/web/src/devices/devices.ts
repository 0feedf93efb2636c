import { ConsoleLogger, DefaultDeviceController, LogLevel } from 'amazon-chime-sdk-js';

import { recall, remember } from '../memory.ts';
import { explain } from './trouble.ts';

/** The two devices a person can lend to the meeting. */
export type Device = 'microphone' | 'camera';

/** Everything a person can choose among several of. */
export type DeviceKind = Device | 'speaker';

const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const CAMERA = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 15 } };

/** Microphone, camera and speaker; a device that does not start tells why, and everything goes on without it. */
export class Devices {
  readonly controller = new DefaultDeviceController(new ConsoleLogger('devices', LogLevel.ERROR));
  readonly #running = new Set<Device>();
  readonly #observers = new Set<(device: Device) => void>();

  constructor() {
    // The client would ask for camera and microphone only to learn their names. A list without names does until
    // the person has let the page have a device.
    this.controller.setDeviceLabelTrigger(async () => new MediaStream());
  }

  /** Whether the browser lets a page choose where its sound goes. */
  get canChooseSpeaker(): boolean {
    return 'setSinkId' in HTMLMediaElement.prototype;
  }

  isRunning(device: Device): boolean {
    return this.#running.has(device);
  }

  /** Returns why the device did not start, or null when it runs. */
  async start(device: Device): Promise<string | null> {
    if (!navigator.mediaDevices) {
      return `The browser gives the ${device} only to pages opened over https or on localhost.`;
    }
    try {
      if (device === 'microphone') await this.controller.startAudioInput({ ...MICROPHONE, ...this.#which(device) });
      else await this.controller.startVideoInput({ ...CAMERA, facingMode: 'user', ...this.#which(device) });
      this.#running.add(device);
      return null;
    } catch (error) {
      this.#running.delete(device);
      return explain(device, error);
    } finally {
      this.#tell(device);
    }
  }

  /** Lets go of a device, so that the browser's light for it goes out. */
  async stop(device: Device): Promise<void> {
    this.#running.delete(device);
    if (device === 'microphone') await this.controller.stopAudioInput();
    else await this.controller.stopVideoInput();
    this.#tell(device);
  }

  /** The devices of a kind that the browser tells of. */
  async list(kind: DeviceKind): Promise<MediaDeviceInfo[]> {
    if (!navigator.mediaDevices) return [];
    const all = await this.#ask(kind);
    return all.filter(({ deviceId }) => deviceId !== '');
  }

  /** Which device of a kind was chosen; without a choice it is the browser's. */
  chosen(kind: DeviceKind): string | null {
    return recall(kind);
  }

  /** Changes to another device, at once where the kind is in use; returns what went wrong. */
  async choose(kind: DeviceKind, id: string): Promise<string | null> {
    remember(kind, id);
    if (kind === 'speaker') return this.useSpeaker();
    return this.isRunning(kind) ? this.start(kind) : null;
  }

  /** Sends the sound of the meeting where the person wished it to go. */
  async useSpeaker(): Promise<string | null> {
    const id = this.chosen('speaker');
    const there = this.canChooseSpeaker && (await this.list('speaker')).some(({ deviceId }) => deviceId === id);
    await this.controller.chooseAudioOutput(there ? id : null);
    return null;
  }

  /** Tells whenever a device was started, exchanged or stopped; the returned function ends that. */
  observe(observer: (device: Device) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Tells whenever a device is plugged in or out; the returned function ends that. */
  watch(listener: () => void): () => void {
    navigator.mediaDevices?.addEventListener('devicechange', listener);
    return () => navigator.mediaDevices?.removeEventListener('devicechange', listener);
  }

  /** Lets go of everything; the object is of no use afterwards. */
  async release(): Promise<void> {
    await this.controller.destroy();
  }

  #tell(device: Device): void {
    for (const observer of this.#observers) observer(device);
  }

  #which(device: Device): { deviceId?: ConstrainDOMString } {
    const id = this.chosen(device);
    // A device that is gone must not keep the others from being taken.
    return id ? { deviceId: { ideal: id } } : {};
  }

  #ask(kind: DeviceKind): Promise<MediaDeviceInfo[]> {
    switch (kind) {
      case 'microphone':
        return this.controller.listAudioInputDevices(true);
      case 'camera':
        return this.controller.listVideoInputDevices(true);
      case 'speaker':
        return this.controller.listAudioOutputDevices(true);
    }
  }
}
