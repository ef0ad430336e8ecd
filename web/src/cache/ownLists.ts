import type { QueryKey } from "@tanstack/react-query";
import type { Store } from "./store";

interface List {
  key: QueryKey;
  load(): Promise<unknown>;
}

/** The lists that events of the user's own channel keep live, fetched again when events were missed. */
export class OwnLists {
  #isRunning = false;
  #isAskedAgain = false;

  constructor(
    readonly store: Store,
    readonly lists: List[],
  ) {}

  /** Fetches every list that is loaded, or failed to load. Calls during a fetch cause one more. */
  async refresh(): Promise<void> {
    this.#isAskedAgain = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false;
      // A failure: the connection is lost again, and the next welcome refreshes.
      await Promise.allSettled(this.lists.filter(({ key }) => this.#isWanted(key)).map(({ load }) => load()));
    }
    this.#isRunning = false;
  }

  #isWanted(key: QueryKey): boolean {
    const state = this.store.queries.getQueryState(key);
    return state !== undefined && (state.data !== undefined || state.status === "error");
  }
}
