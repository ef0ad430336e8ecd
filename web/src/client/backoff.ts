export interface BackoffOptions {
  firstMs?: number;
  maxMs?: number;
}

/**
 * Exponential back-off. Half of each wait is random, so that clients that lost their connection together
 * do not reconnect together.
 */
export class Backoff {
  #tries = 0;
  readonly #firstMs: number;
  readonly #maxMs: number;

  constructor(
    readonly random: () => number,
    options: BackoffOptions = {},
  ) {
    this.#firstMs = options.firstMs ?? 500;
    this.#maxMs = options.maxMs ?? 30_000;
  }

  /** The next wait, milliseconds. */
  next(): number {
    const full = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#tries, 16));
    this.#tries += 1;
    return full / 2 + (this.random() * full) / 2;
  }

  reset(): void {
    this.#tries = 0;
  }
}
