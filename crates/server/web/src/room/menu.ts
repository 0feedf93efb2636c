import { ControlButton } from '../control_button.ts';
import { element } from '../element.ts';

/** One line of a menu. */
export interface MenuItem {
  readonly text: string;
  readonly key?: string;
  readonly danger?: boolean;
  act(): void;
}

/** What is done seldom, behind one button. The browser closes it at Escape and at a click elsewhere. */
export class Menu {
  readonly root: HTMLElement;
  readonly #button: ControlButton;

  constructor(items: readonly MenuItem[]) {
    const id = 'more';
    const list = element('div', { id, class: 'menu', popover: 'auto', role: 'group', 'aria-label': 'More' });
    for (const { text, key, danger = false, act } of items) {
      const click = () => {
        list.hidePopover();
        act();
      };
      const hint = key ? [element('kbd', { 'aria-hidden': 'true' }, key)] : [];
      list.append(element('button', { type: 'button', ...(danger ? { class: 'warn' } : {}), click }, element('span', {}, text), ...hint));
    }
    this.#button = new ControlButton({ popovertarget: id }, () => undefined);
    list.addEventListener('toggle', (event) => this.#show((event as ToggleEvent).newState === 'open'));
    this.root = element('div', { class: 'more' }, this.#button.root, list);
    this.#show(false);
  }

  #show(open: boolean): void {
    this.#button.show({ icon: 'more', text: 'More', open });
  }
}
