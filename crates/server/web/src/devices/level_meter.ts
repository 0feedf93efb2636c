import type { RemovableAnalyserNode } from 'amazon-chime-sdk-js';

import { element } from '../element.ts';
import type { Devices } from './devices.ts';

/** Often enough to look alive. */
const INTERVAL_MS = 80;
/** What counts as silence and as loud, in decibels of full scale. */
const SILENCE_DB = -60;
const LOUD_DB = -12;
const TOUCHES = ['pointerdown', 'keydown'] as const;

/** How loud the microphone is, before anybody else hears it. */
export class LevelMeter {
  readonly root = element('div', {
    class: 'level',
    role: 'meter',
    'aria-label': 'Microphone level',
    'aria-valuemin': '0',
    'aria-valuemax': '100',
    'aria-valuenow': '0',
  });

  readonly #devices: Devices;
  #analyser: RemovableAnalyserNode | null = null;
  #timer = 0;
  #forget: () => void = () => undefined;

  constructor(devices: Devices) {
    this.#devices = devices;
  }

  /** Listens to the microphone that is running, and to the next one whenever another takes its place. */
  follow(): void {
    this.rest();
    this.#forget = this.#devices.observe((device) => device === 'microphone' && this.#listen());
    this.#listen();
  }

  rest(): void {
    this.#forget();
    this.#deafen();
  }

  #listen(): void {
    this.#deafen();
    if (!this.#devices.isRunning('microphone')) return;
    this.#analyser = this.#devices.controller.createAnalyserNodeForAudioInput();
    if (!this.#analyser) return;
    this.#wake();
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#timer = window.setInterval(() => {
      this.#analyser?.getFloatTimeDomainData(samples);
      this.#show(share(samples));
    }, INTERVAL_MS);
  }

  #deafen(): void {
    clearInterval(this.#timer);
    for (const touch of TOUCHES) removeEventListener(touch, this.#wake);
    this.#analyser?.removeOriginalInputs();
    this.#analyser = null;
    this.#show(0);
  }

  /** A browser may keep a page's sound processing asleep until the person has touched the page. */
  readonly #wake = (): void => {
    const context = this.#analyser?.context;
    if (!(context instanceof AudioContext) || context.state === 'running') return;
    void context.resume();
    for (const touch of TOUCHES) addEventListener(touch, this.#wake, { once: true });
  };

  #show(part: number): void {
    this.root.style.setProperty('--level', String(part));
    this.root.setAttribute('aria-valuenow', String(Math.round(part * 100)));
  }
}

/** Where the samples stand between silence (0) and loud (1). */
function share(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = 10 * Math.log10(power || Number.MIN_VALUE);
  return Math.min(1, Math.max(0, (decibels - SILENCE_DB) / (LOUD_DB - SILENCE_DB)));
}
