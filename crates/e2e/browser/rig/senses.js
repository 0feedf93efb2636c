import { CAST } from './browser.js';

/** A tone is heard above this level. It is sent at -12 dB; a mixer may turn it down. */
const HEARD_DB = -35;
/** The other codecs' and filters' share of a colour's distance; the cast's colours are over 150 apart. */
const COLOUR_DISTANCE = 60;

/** What the cast shares beside its pictures: a colour and a tone that nobody of it has. */
export const SLIDES = { name: 'Slides', tone: 1700, colour: [230, 150, 0] };

/** The frequency of everything that can be heard, by name. */
export const TONES = Object.fromEntries([...Object.entries(CAST).map(([name, { tone }]) => [name, tone]), [SLIDES.name, SLIDES.tone]]);

/** The frequencies that are heard, ascending. */
export function heardTones(levels) {
  return Object.keys(levels)
    .map(Number)
    .filter((hertz) => levels[hertz] > HEARD_DB)
    .sort((a, b) => a - b);
}

/** Whose colour a tile shows, or null when it shows nobody's. */
export function colourName(tile) {
  const match = Object.entries(CAST).find(([, { colour }]) => shows(tile, colour));
  return match?.[0] ?? null;
}

/** Whether a tile shows this colour. */
export function shows({ colour: seen }, colour) {
  return seen !== null && distance(seen, colour) < COLOUR_DISTANCE;
}

/** Which of these colours a tile shows; none before it shows anything. */
export function nearest({ colour: seen }, colours) {
  if (seen === null) return null;
  return colours.reduce((best, colour) => (distance(seen, colour) < distance(seen, best) ? colour : best));
}

function distance(one, other) {
  return Math.hypot(...one.map((c, i) => c - other[i]));
}
