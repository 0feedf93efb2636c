import { element } from './element.ts';

/** Screen readers have begun to read a line after this time; what is left would be found again by browsing. */
const KEPT_MS = 10_000;

/** Tells screen readers what is only visible otherwise, one line after the other. */
export function say(text: string): void {
  const line = element('p', {}, text);
  document.querySelector('#spoken')?.append(line);
  setTimeout(() => line.remove(), KEPT_MS);
}
