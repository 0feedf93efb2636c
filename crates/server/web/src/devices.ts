import { ConsoleLogger, DefaultDeviceController, LogLevel } from 'amazon-chime-sdk-js';

/** The two devices a person can lend to the meeting. */
export type Device = 'microphone' | 'camera';

const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const CAMERA = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 15 }, facingMode: 'user' };

/** Microphone and camera; a device that does not start tells why, and everything goes on without it. */
export class Devices {
  readonly controller = new DefaultDeviceController(new ConsoleLogger('devices', LogLevel.WARN));

  /** Returns why the device did not start, or null when it runs. */
  async start(device: Device): Promise<string | null> {
    if (!navigator.mediaDevices) {
      return `The browser gives the ${device} only to pages opened over https or on localhost.`;
    }
    try {
      if (device === 'microphone') await this.controller.startAudioInput(MICROPHONE);
      else await this.controller.startVideoInput(CAMERA);
      return null;
    } catch (error) {
      return explain(device, error);
    }
  }

  /** Sends silence and turns the browser's microphone light off. */
  async stopMicrophone(): Promise<void> {
    await this.controller.stopAudioInput();
  }

  async stopCamera(): Promise<void> {
    await this.controller.stopVideoInput();
  }

  /** Lets go of everything; the object is of no use afterwards. */
  async release(): Promise<void> {
    await this.controller.destroy();
  }
}

function explain(device: Device, error: unknown): string {
  const name = error instanceof Error ? error.constructor.name + error.name : '';
  if (/Permission|NotAllowed/.test(name)) {
    return `The browser refused the ${device}. Allow it beside the address bar, then turn it on again.`;
  }
  if (/NotFound/.test(name)) return `No ${device} was found. Connect one, then turn it on again.`;
  if (/NotReadable/.test(name)) return `The ${device} is in use by another program. Close that program, then try again.`;
  return `The ${device} did not start (${error instanceof Error ? error.message : String(error)}).`;
}
