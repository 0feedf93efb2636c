import type { AudioVideoFacade, ContentShareObserver } from 'amazon-chime-sdk-js';

/** Slides and texts need no more, and films on a screen are still watchable. */
const FRAMES_PER_SECOND = 15;

/** Whether one shares something oneself. */
export type ShareState = 'none' | 'starting' | 'on' | 'paused';

/** One's own share of a screen, a window or a tab. */
export class Share {
  state: ShareState = 'none';

  readonly #av: AudioVideoFacade;
  readonly #changed: () => void;
  readonly #troubled: (text: string) => void;

  constructor(av: AudioVideoFacade, changed: () => void, troubled: (text: string) => void) {
    this.#av = av;
    this.#changed = changed;
    this.#troubled = troubled;
    av.addContentShareObserver(this.#observer());
  }

  /** Phones' browsers have no screens to give. */
  get possible(): boolean {
    return navigator.mediaDevices !== undefined && 'getDisplayMedia' in navigator.mediaDevices;
  }

  /** Lets the browser ask what to share, and shares it. */
  async start(): Promise<void> {
    if (this.state !== 'none') return;
    this.#enter('starting');
    try {
      await this.#av.startContentShareFromScreenCapture(undefined, FRAMES_PER_SECOND);
    } catch (error) {
      this.#enter('none');
      // Closing the browser's dialogue is an answer, not a failure.
      const refused = error instanceof Error && error.name === 'NotAllowedError';
      if (!refused) this.#troubled('The browser could not share the screen. Check that it may record the screen, then try again.');
    }
  }

  stop(): void {
    if (this.state === 'none') return;
    // Stopping what has not begun is no failure to begin.
    this.state = 'none';
    this.#av.stopContentShare();
  }

  /** Holds the picture back without giving the place away, or lets it go on. */
  setPaused(paused: boolean): void {
    if (paused) this.#av.pauseContentShare();
    else this.#av.unpauseContentShare();
  }

  #observer(): ContentShareObserver {
    return {
      contentShareDidStart: () => this.#enter('on'),
      contentShareDidPause: () => this.#enter('paused'),
      contentShareDidUnpause: () => this.#enter('on'),
      contentShareDidStop: () => {
        if (this.state === 'starting') this.#troubled('The share did not start. Others may be sharing already; try again when they have stopped.');
        this.#enter('none');
      },
    };
  }

  #enter(state: ShareState): void {
    this.state = state;
    this.#changed();
  }
}
