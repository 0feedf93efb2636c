/** What the browser keeps between visits. One that keeps nothing, as in private windows, is served all the same. */

const PREFIX = 'carillon.';

/** What was remembered under a name, or null. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Keeps a text for the next visit. */
export function remember(name: string, text: string): void {
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch {
    // Nothing depends on it.
  }
}
