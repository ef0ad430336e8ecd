/** A browser's timer holds no more. */
const LONGEST_MS = 2 ** 31 - 1;

/** Things that end by themselves at a time, each under its key, however far away that is. */
export class Deadlines {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** In place of what was set under the key before; `null` ends never. */
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
