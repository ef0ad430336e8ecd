/**
 * Puts things that carry a position into order, each exactly once.
 *
 * Before a position is known (nothing loaded yet, or a reset under way) everything is kept back.
 */
export class Sequence<T> {
  #position: number | undefined;
  readonly #waiting = new Map<number, T>();

  /** The last position up to which nothing is missing. */
  get position(): number | undefined {
    return this.#position;
  }

  /** Whether something waits for what comes before it. */
  get hasGap(): boolean {
    return this.#position !== undefined && this.#waiting.size > 0;
  }

  /** Takes something in and returns what can be applied now, in order. */
  accept(seq: number, item: T): T[] {
    if (this.#position !== undefined && seq <= this.#position) return [];
    // What came first stays: a replay of the same event says the same.
    if (!this.#waiting.has(seq)) this.#waiting.set(seq, item);
    return this.#release();
  }

  /** Everything up to here is known by other means, such as a freshly loaded page. */
  startFrom(seq: number): T[] {
    this.#position = seq;
    for (const known of this.#waiting.keys()) {
      if (known <= seq) this.#waiting.delete(known);
    }
    return this.#release();
  }

  /** The position means nothing any more; what comes is kept until there is a new one. */
  suspend(): void {
    this.#position = undefined;
    this.#waiting.clear();
  }

  #release(): T[] {
    const released: T[] = [];
    while (this.#position !== undefined) {
      const item = this.#waiting.get(this.#position + 1);
      if (item === undefined) break;
      this.#position += 1;
      this.#waiting.delete(this.#position);
      released.push(item);
    }
    return released;
  }
}
