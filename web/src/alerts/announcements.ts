/** Items added within this time are announced together. */
const GATHER_MS = 1_000;
/** Minimum interval between two announcements. */
const QUIET_MS = 5_000;

/** Batches announcements for screen readers, so that a burst is one sentence and does not interrupt the last one. */
export class Announcements<T> {
  #waiting: T[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #spokeAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly say: (things: T[]) => void,
    readonly now: () => number = Date.now,
  ) {}

  add(things: T[]): void {
    if (things.length === 0) return;
    this.#waiting.push(...things);
    if (this.#timer !== undefined) return;
    const wait = Math.max(GATHER_MS, this.#spokeAt + QUIET_MS - this.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#spokeAt = this.now();
      const said = this.#waiting;
      this.#waiting = [];
      this.say(said);
    }, wait);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }
}
