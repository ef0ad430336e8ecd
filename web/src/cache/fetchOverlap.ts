/**
 * What is told while something is being fetched. The answer can be older than it, so it has to be applied to the
 * answer once more.
 */
export class FetchOverlap<Event> {
  readonly #fetches = new Set<Event[]>();

  note(event: Event): void {
    for (const told of this.#fetches) told.push(event);
  }

  async during<T>(fetched: Promise<T>): Promise<{ answer: T; told: Event[] }> {
    const told: Event[] = [];
    this.#fetches.add(told);
    try {
      return { answer: await fetched, told };
    } finally {
      this.#fetches.delete(told);
    }
  }
}
