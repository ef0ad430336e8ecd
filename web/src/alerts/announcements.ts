/** What comes close together is said together, milliseconds. */
const GATHER_MS = 1_000;
/** Nothing is said sooner after what was said before, milliseconds. */
const QUIET_MS = 5_000;

/** Says what happened, so that twenty things at once are one sentence and nobody is talked over. */
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
