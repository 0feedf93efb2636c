/** The few lines that a page without a framework needs to make its elements. */

type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

/** Makes an element: text and flags become attributes, functions become listeners. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Text for screen readers only. */
export function spoken(text: string): HTMLElement {
  return element('span', { class: 'spoken' }, text);
}
