/** A third of a second: long enough to part tones 30 Hz apart, short enough to hear a mute at once. */
const WINDOW = 16_384;
/** The newest samples that decide whether sound has begun. */
const ONSET = 512;
/** Full scale is 0 dB; tones are sent at -12 dB and comfort noise lies far below this line. */
const ONSET_DB = -45;

/** Listens to what an audio element is given to play, and measures it. */
export class Ears {
  #context = new AudioContext({ sampleRate: 48_000 });
  #analyser = new AnalyserNode(this.#context, { fftSize: WINDOW });
  #samples = new Float32Array(WINDOW);
  #element;
  #stream = null;
  #source = null;
  #soundSince = null;

  /** @param {HTMLMediaElement} element plays the stream; without it Chromium decodes nothing */
  constructor(element) {
    this.#element = element;
    setInterval(() => this.#notice(), 5);
  }

  /** Resolves once the clock of the audio runs, so that the first sound is not missed. */
  async ready() {
    await this.#context.resume();
    return this.#context.state;
  }

  /** Epoch milliseconds of the first sound, or null while all has been silent. */
  get soundSince() {
    return this.#soundSince;
  }

  /**
   * The level of each frequency over the last third of a second, in dB of full scale.
   * @param {number[]} frequencies
   */
  hear(frequencies) {
    this.#attach();
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return Object.fromEntries(frequencies.map((f) => [f, Math.round(toneLevel(this.#samples, f))]));
  }

  #notice() {
    this.#attach();
    if (this.#soundSince !== null || this.#stream === null) return;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    if (rms(this.#samples.subarray(WINDOW - ONSET)) > ONSET_DB) this.#soundSince = Date.now();
  }

  /** A reconnecting client gives the element another stream. */
  #attach() {
    const stream = this.#element.srcObject;
    if (stream === this.#stream || !stream?.getAudioTracks().length) return;
    this.#source?.disconnect();
    this.#stream = stream;
    this.#source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream });
    this.#source.connect(this.#analyser);
  }
}

/** The amplitude of one frequency by the Goertzel algorithm under a Hann window. */
function toneLevel(samples, frequency) {
  const step = (2 * Math.PI * frequency) / 48_000;
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

function rms(samples) {
  let sum = 0;
  for (const s of samples) sum += s * s;
  return decibels(Math.sqrt(sum / samples.length));
}

function decibels(amplitude) {
  return 20 * Math.log10(Math.max(amplitude, 1e-6));
}
