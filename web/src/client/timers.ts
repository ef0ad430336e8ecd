/** Named timers, at most one per name. */
export class Timers<Name extends string> {
  readonly #running = new Map<Name, ReturnType<typeof setTimeout>>();

  /** Calls `run` once after `ms` milliseconds. Replaces a pending timer of the same name. */
  set(name: Name, ms: number, run: () => void): void {
    this.clear(name);
    const fire = () => {
      this.#running.delete(name);
      run();
    };
    this.#running.set(name, setTimeout(fire, ms));
  }

  clear(name: Name): void {
    clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clearAll(): void {
    for (const timer of this.#running.values()) clearTimeout(timer);
    this.#running.clear();
  }

  /** Whether a timer of this name is pending. */
  has(name: Name): boolean {
    return this.#running.has(name);
  }
}
