export const RATE = 48_000;
/** A third of a second: long enough to part tones 30 Hz apart, short enough to hear a mute at once. */
export const WINDOW = 16_384;

/**
 * The level of each frequency in the samples, in whole dB of full scale.
 * @param {Float32Array} samples
 * @param {number[]} frequencies
 */
export function toneLevels(samples, frequencies) {
  return Object.fromEntries(frequencies.map((f) => [f, Math.round(toneLevel(samples, f))]));
}

/** How loud the samples are altogether, in dB of full scale. */
export function rms(samples) {
  let sum = 0;
  for (const s of samples) sum += s * s;
  return decibels(Math.sqrt(sum / samples.length));
}

/** The amplitude of one frequency by the Goertzel algorithm under a Hann window. */
function toneLevel(samples, frequency) {
  const step = (2 * Math.PI * frequency) / RATE;
  const turn = 2 * Math.cos(step);
  let last = 0;
  let before = 0;
  for (let i = 0; i < samples.length; i++) {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length);
    [last, before] = [samples[i] * hann + turn * last - before, last];
  }
  const power = last * last + before * before - turn * last * before;
  // Hann halves the sum of the weights, and a real tone shows half its amplitude at +f.
  return decibels((4 * Math.sqrt(Math.max(power, 0))) / samples.length);
}

function decibels(amplitude) {
  return 20 * Math.log10(Math.max(amplitude, 1e-6));
}
