import { element } from '../element.ts';
import type { Shortcuts } from './shortcuts.ts';
import type { Panel } from './side_panel.ts';

/** The keys that do something, and a switch for them. */
export class ShortcutsPanel implements Panel {
  readonly title = 'Keyboard shortcuts';
  readonly root = element('div', { class: 'shortcuts' });

  readonly #shortcuts: () => Shortcuts;

  constructor(shortcuts: () => Shortcuts) {
    this.#shortcuts = shortcuts;
  }

  opened(): void {
    const shortcuts = this.#shortcuts();
    const rows = shortcuts.all.flatMap(({ key, does }) => [element('dt', {}, element('kbd', {}, key)), element('dd', {}, does)]);
    const on = element('input', { type: 'checkbox', checked: shortcuts.on });
    on.addEventListener('change', () => {
      shortcuts.on = on.checked;
    });
    this.root.replaceChildren(element('dl', {}, ...rows), element('label', { class: 'switch' }, on, 'Use single keys'));
  }
}
