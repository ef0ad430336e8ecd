import type { PersonalApi, SavedMessage, SavedUpdated } from "../client";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import type { Store } from "./store";
import type { CachedMessage } from "./types";

/** The messages that the user has saved, last saved first. Fetched when first shown, then kept live by their own channel. */
export class Saved {
  readonly #overlap = new FetchOverlap<SavedUpdated>();

  constructor(
    readonly api: PersonalApi,
    readonly store: Store,
  ) {}

  /** Also the query function of their key. */
  async load(): Promise<SavedMessage[]> {
    const { answer, missed } = await this.#overlap.during(this.api.allSaved());
    this.store.set(keys.saved, answer);
    for (const event of missed) this.apply(event);
    return this.#list() ?? answer;
  }

  apply(event: SavedUpdated): void {
    this.#overlap.record(event);
    const list = this.#list();
    const { saved_at } = event.partial;
    if (!list) return;
    if (saved_at === null) return this.#remove(event.id);
    if (list.some(({ message }) => message.id === event.id)) return;
    const message = this.store.message(event.id);
    if (message) return this.#add({ message, saved_at });
    // The event does not carry the message.
    this.load().catch(() => {
      // It is fetched the next time the list is shown.
    });
  }

  async save({ id }: Pick<CachedMessage, "id">): Promise<void> {
    this.#add(await this.api.save(id));
  }

  async unsave(id: string): Promise<void> {
    await this.api.unsave(id);
    this.#remove(id);
  }

  #list(): SavedMessage[] | undefined {
    return this.store.get(keys.saved);
  }

  #add(saved: SavedMessage): void {
    const others = this.#list()?.filter(({ message }) => message.id !== saved.message.id);
    if (others) this.store.set(keys.saved, [saved, ...others]);
  }

  #remove(id: string): void {
    const list = this.#list();
    if (list?.some(({ message }) => message.id === id)) {
      this.store.set(
        keys.saved,
        list.filter(({ message }) => message.id !== id),
      );
    }
  }
}
