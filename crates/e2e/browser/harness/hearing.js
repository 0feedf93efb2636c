import { Ears } from './ears.js';
import { RecordedEars } from './recorded-ears.js';

/**
 * The ears that fit this browser.
 * @param {HTMLMediaElement} element plays what is to be heard
 */
export function earsAt(element) {
  return navigator.userAgent.includes('Firefox') ? new RecordedEars(element) : new Ears(element);
}
