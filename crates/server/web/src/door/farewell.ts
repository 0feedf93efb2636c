import type { Ending } from '../call/ending.ts';
import { element } from '../element.ts';

/** What is left when a call is over: why, and the way back. */
export function farewell(ending: Ending, again: () => void, elsewhere: () => void): HTMLElement {
  return element(
    'main',
    { class: 'door' },
    element(
      'section',
      { class: 'card', role: 'alert' },
      element('h1', {}, ending.title),
      element('p', {}, ending.text),
      element('button', { class: 'primary', click: again }, 'Join again'),
      element('button', { class: 'quiet', click: elsewhere }, 'Go to the start'),
    ),
  );
}
