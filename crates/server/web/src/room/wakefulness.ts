/** Keeps the screen of a phone from going dark while one listens. */
export class Wakefulness {
  #lock: WakeLockSentinel | null = null;
  #wanted = true;

  constructor() {
    document.addEventListener('visibilitychange', this.#ask);
    this.#ask();
  }

  /** Lets the screen go dark as usual. */
  end(): void {
    this.#wanted = false;
    document.removeEventListener('visibilitychange', this.#ask);
    void this.#lock?.release();
  }

  /** A page that goes out of view loses the lock and has to ask again. */
  readonly #ask = (): void => {
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    navigator.wakeLock.request('screen').then(
      (lock) => {
        this.#lock = lock;
        if (!this.#wanted) void lock.release();
      },
      // A low battery is a good reason for the browser to say no.
      () => undefined,
    );
  };
}
