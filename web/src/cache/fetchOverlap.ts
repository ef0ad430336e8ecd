/**
 * Collects events that arrive during a fetch. The response can be older than they are, so the caller applies them to it
 * again.
 */
export class FetchOverlap<Event> {
  readonly #fetches = new Set<Event[]>();

  record(event: Event): void {
    for (const missed of this.#fetches) missed.push(event);
  }

  /** Resolves to the fetched value and the events that arrived during the fetch. */
  async during<T>(fetched: Promise<T>): Promise<{ answer: T; missed: Event[] }> {
    const missed: Event[] = [];
    this.#fetches.add(missed);
    try {
      return { answer: await fetched, missed };
    } finally {
      this.#fetches.delete(missed);
    }
  }
}
