import { CAST } from './browser.js';

/** A tone is heard above this level. It is sent at -12 dB; a mixer may turn it down. */
const HEARD_DB = -35;
/** The other codecs' and filters' share of a colour's distance; the cast's colours are over 150 apart. */
const COLOUR_DISTANCE = 60;

/** The frequencies that are heard, ascending. */
export function heardTones(levels) {
  return Object.keys(levels)
    .map(Number)
    .filter((hertz) => levels[hertz] > HEARD_DB)
    .sort((a, b) => a - b);
}

/** Whose colour a tile shows, or null when it shows nobody's. */
export function colourName({ colour }) {
  if (!colour) return null;
  const match = Object.entries(CAST).find(([, { colour: own }]) => Math.hypot(...own.map((c, i) => c - colour[i])) < COLOUR_DISTANCE);
  return match?.[0] ?? null;
}
