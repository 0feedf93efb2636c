import type { Device } from './devices.ts';

/** Turns a browser's refusal into what the person can do about it. */
export function explain(device: Device, error: unknown): string {
  const name = error instanceof Error ? error.constructor.name + error.name : '';
  if (/Permission|NotAllowed/.test(name)) {
    return `The browser refused the ${device}. Allow it beside the address bar, then turn it on again.`;
  }
  if (/NotFound/.test(name)) return `No ${device} was found. Connect one, then turn it on again.`;
  if (/NotReadable/.test(name)) return `The ${device} is in use by another program. Close that program, then try again.`;
  return `The ${device} did not start (${error instanceof Error ? error.message : String(error)}).`;
}
