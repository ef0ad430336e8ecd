/** At most one start in this time; the server drops more. A start also renews the one before. */
const START_EVERY_MS = 2_000;
const IDLE_AFTER_MS = 4_000;

/** Says that one types, sparingly, and that one stopped. */
export class TypingSignal {
  #on = false;
  #startedAt = Number.NEGATIVE_INFINITY;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly tell: (on: boolean) => void) {}

  /** A key was pressed. */
  keystroke(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.stop(), IDLE_AFTER_MS);
    const now = Date.now();
    if (now - this.#startedAt < START_EVERY_MS) return;
    this.#startedAt = now;
    this.#on = true;
    this.tell(true);
  }

  /** The message was sent, emptied, or left alone. */
  stop(): void {
    clearTimeout(this.#idleTimer);
    if (!this.#on) return;
    this.#on = false;
    this.tell(false);
  }

  /** Forgets without a word: a send, or a lost connection, says it already. */
  forget(): void {
    clearTimeout(this.#idleTimer);
    this.#on = false;
  }
}
