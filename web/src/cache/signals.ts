import type { Signal } from "../client";
import { keys } from "./keys";
import type { Store } from "./store";
import type { Presence, Receipts, Typist } from "./types";

/** Ephemeral state of conversations: presence, typing and read receipts. */
export class Signals {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    readonly store: Store,
    readonly me: string,
  ) {}

  apply(event: Signal): void {
    const { conversation_id: id, partial } = event;
    const person = { user_id: partial.user_id, name: partial.name };
    switch (event.event) {
      case "typing.started":
        return this.#startedTyping(id, { ...person, until: Date.now() + event.partial.expires_in_ms });
      case "typing.stopped":
        return this.stoppedTyping(id, partial.user_id);
      case "presence.joined": {
        const { people, count } = this.#presence(id);
        if (people.some(({ user_id }) => user_id === partial.user_id)) return;
        return this.present(id, { people: [...people, person], count: count + 1 });
      }
      case "presence.left": {
        const { people, count } = this.#presence(id);
        this.stoppedTyping(id, partial.user_id);
        return this.present(id, {
          people: people.filter(({ user_id }) => user_id !== partial.user_id),
          count: Math.max(0, count - 1),
        });
      }
      case "message.read": {
        const receipts = this.store.get<Receipts>(keys.receipts(id)) ?? {};
        const seq = Math.max(receipts[partial.user_id] ?? 0, event.partial.seq);
        this.store.set<Receipts>(keys.receipts(id), { ...receipts, [partial.user_id]: seq });
      }
    }
  }

  present(id: string, presence: Presence): void {
    this.store.set(keys.presence(id), presence);
  }

  stoppedTyping(id: string, userId: string): void {
    const typists = this.#typists(id);
    if (typists.some(({ user_id }) => user_id === userId)) {
      this.#setTypists(
        id,
        typists.filter(({ user_id }) => user_id !== userId),
      );
    }
  }

  /** Clears presence and typing when the connection is lost. */
  forget(id: string): void {
    if (this.#typists(id).length > 0) this.#setTypists(id, []);
    if (this.#presence(id).count > 0) this.present(id, { people: [], count: 0 });
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #startedTyping(id: string, typist: Typist): void {
    if (typist.user_id === this.me) return;
    const others = this.#typists(id).filter(({ user_id }) => user_id !== typist.user_id);
    this.#setTypists(id, [...others, typist]);
  }

  #setTypists(id: string, typists: Typist[]): void {
    this.store.set(keys.typing(id), typists);
    clearTimeout(this.#timers.get(id));
    if (typists.length === 0) return;
    const next = Math.min(...typists.map(({ until }) => until));
    const expire = () =>
      this.#setTypists(
        id,
        this.#typists(id).filter(({ until }) => until > Date.now()),
      );
    this.#timers.set(id, setTimeout(expire, Math.max(0, next - Date.now()) + 1));
  }

  #typists(id: string): Typist[] {
    return this.store.get<Typist[]>(keys.typing(id)) ?? [];
  }

  #presence(id: string): Presence {
    return this.store.get<Presence>(keys.presence(id)) ?? { people: [], count: 0 };
  }
}
