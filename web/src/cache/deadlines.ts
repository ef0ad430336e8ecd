/** Maximum delay of `setTimeout`. */
const LONGEST_MS = 2 ** 31 - 1;

/** Timers that fire at a date, one per key, also beyond the maximum delay of `setTimeout`. */
export class Deadlines {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** Replaces the timer of the key; `at` is RFC 3339, `null` only clears. */
  set(key: string, at: string | null, over: () => void): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    if (at === null) return;
    const left = Math.max(0, Date.parse(at) - Date.now());
    const passed = () => {
      this.#timers.delete(key);
      if (left > LONGEST_MS) this.set(key, at, over);
      else over();
    };
    this.#timers.set(key, setTimeout(passed, Math.min(left, LONGEST_MS)));
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
