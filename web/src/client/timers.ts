/** Timers by name: one of each at a time. */
export class Timers<Name extends string> {
  readonly #running = new Map<Name, ReturnType<typeof setTimeout>>();

  /** Runs once, so many milliseconds from now. What was set under this name before does not run. */
  set(name: Name, ms: number, run: () => void): void {
    this.clear(name);
    const begin = () => {
      this.#running.delete(name);
      run();
    };
    this.#running.set(name, setTimeout(begin, ms));
  }

  clear(name: Name): void {
    clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clearAll(): void {
    for (const timer of this.#running.values()) clearTimeout(timer);
    this.#running.clear();
  }

  /** Whether one of this name is still to run. */
  has(name: Name): boolean {
    return this.#running.has(name);
  }
}
