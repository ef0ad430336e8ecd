/** Minimum interval between `typing` frames with `on: true`, in line with the server's rate limit. Each renews the last. */
const START_EVERY_MS = 2_000;
const IDLE_AFTER_MS = 4_000;

/** Throttles typing signals, and sends a stop after 4 s without a keystroke. */
export class TypingSignal {
  #on = false;
  #startedAt = Number.NEGATIVE_INFINITY;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly send: (on: boolean) => void) {}

  /** A key was pressed. */
  keystroke(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.stop(), IDLE_AFTER_MS);
    const now = Date.now();
    if (now - this.#startedAt < START_EVERY_MS) return;
    this.#startedAt = now;
    this.#on = true;
    this.send(true);
  }

  /** Typing ended: the field was emptied, or there was no keystroke for 4 s. */
  stop(): void {
    clearTimeout(this.#idleTimer);
    if (!this.#on) return;
    this.#on = false;
    this.send(false);
  }

  /** Resets without sending a stop: a sent message or a lost connection implies it. */
  forget(): void {
    clearTimeout(this.#idleTimer);
    this.#on = false;
  }
}
