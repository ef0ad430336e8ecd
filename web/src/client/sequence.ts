/**
 * Reorders items by `seq` and releases each exactly once.
 *
 * Without a position (nothing loaded yet, or a reset in progress) it buffers everything.
 */
export class Sequence<T> {
  #position: number | undefined;
  readonly #waiting = new Map<number, T>();

  /** The highest `seq` up to which nothing is missing. */
  get position(): number | undefined {
    return this.#position;
  }

  /** Whether a buffered item waits for an earlier one. */
  get hasGap(): boolean {
    return this.#position !== undefined && this.#waiting.size > 0;
  }

  /** Adds an item and returns the items that can be applied now, in order. */
  accept(seq: number, item: T): T[] {
    if (this.#position !== undefined && seq <= this.#position) return [];
    // The first copy stays: a replay of the same event is identical.
    if (!this.#waiting.has(seq)) this.#waiting.set(seq, item);
    return this.#release();
  }

  /** Sets the position: everything up to `seq` is known by other means, for example a freshly loaded page. */
  startFrom(seq: number): T[] {
    this.#position = seq;
    for (const known of this.#waiting.keys()) {
      if (known <= seq) this.#waiting.delete(known);
    }
    return this.#release();
  }

  /** Invalidates the position and clears the buffer; new items are buffered until `startFrom`. */
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
