import { RATE, WINDOW, rms, toneLevels } from './tone.js';

/** The newest samples that decide whether sound has begun. */
const ONSET = 512;
/** Full scale is 0 dB; tones are sent at -12 dB and comfort noise lies far below this line. */
const ONSET_DB = -45;

/** Listens to what an audio element is given to play, and measures it. */
export class Ears {
  #context = new AudioContext({ sampleRate: RATE });
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
    return toneLevels(this.#samples, frequencies);
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
