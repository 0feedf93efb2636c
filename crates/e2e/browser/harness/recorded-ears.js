import { RATE, WINDOW, toneLevels } from './tone.js';

/** A recording is a little longer than what is measured, since an encoder begins and ends within its frames. */
const RECORDING_MS = 400;
const PAUSE_MS = 50;

/**
 * Ears for Firefox, whose audio contexts stand still on a machine without a sound card: they record what the
 * element is given to play and measure the decoded recording. Each is over half a second old when the next is
 * there, so when sound began is not told.
 */
export class RecordedEars {
  #element;
  #decoder = new OfflineAudioContext({ length: 1, sampleRate: RATE });
  #samples = new Float32Array(WINDOW);

  /** @param {HTMLMediaElement} element plays the stream */
  constructor(element) {
    this.#element = element;
  }

  /** Begins to listen. */
  async ready() {
    this.#listen();
  }

  get soundSince() {
    return null;
  }

  /**
   * The level of each frequency in the newest recording, in dB of full scale.
   * @param {number[]} frequencies
   */
  hear(frequencies) {
    return toneLevels(this.#samples, frequencies);
  }

  async #listen() {
    for (;;) {
      const track = this.#element.srcObject?.getAudioTracks().find(({ readyState }) => readyState === 'live');
      // An element without a stream plays nothing.
      this.#samples = track ? await this.#record(track) : new Float32Array(WINDOW);
      if (!track) await pause(PAUSE_MS);
    }
  }

  /** The newest samples of a short recording; silence when the track ends before there are enough. */
  async #record(track) {
    const recorder = new MediaRecorder(new MediaStream([track]), { mimeType: 'audio/webm;codecs=opus' });
    const recorded = new Promise((resolve) => {
      recorder.ondataavailable = ({ data }) => resolve(data.arrayBuffer());
    });
    recorder.start();
    await pause(RECORDING_MS);
    if (recorder.state === 'recording') recorder.stop();
    const bytes = await recorded;
    const samples = bytes.byteLength > 0 ? (await this.#decoder.decodeAudioData(bytes)).getChannelData(0) : [];
    return samples.length < WINDOW ? new Float32Array(WINDOW) : samples.slice(-WINDOW);
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
