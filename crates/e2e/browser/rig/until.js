import { setTimeout as pause } from 'node:timers/promises';

/** Longer than anything in a meeting may take; a step that needs it is a hang. */
export const HANG_MS = 15_000;
const POLL_MS = 25;

/**
 * Waits until a fact holds and gives it back; prints what was awaited and how long it took.
 * @template T
 * @param {() => Promise<T> | T} fact asked again and again; truthy ends the wait
 * @param {string} what the fact in words
 * @param {() => Promise<unknown> | unknown} [evidence] what to show when the fact never comes
 * @returns {Promise<T>}
 */
export async function until(fact, what, evidence = () => undefined, hang = HANG_MS) {
  const begin = performance.now();
  for (;;) {
    const held = await fact();
    const took = Math.round(performance.now() - begin);
    if (held) {
      console.log(`${String(took).padStart(7)} ms  ${what}`);
      return held;
    }
    if (took > hang) {
      const seen = JSON.stringify(await evidence(), null, 1);
      throw new Error(`not within ${hang} ms: ${what}\n${seen}`);
    }
    await pause(POLL_MS);
  }
}

/** The middle of a list of measurements. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
