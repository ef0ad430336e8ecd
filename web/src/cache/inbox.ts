import type { Api, Conversation, InboxUpdated, OwnMembershipEvent, PreferencesUpdated, Role, Room } from "../client";
import { addToInbox, applyInboxUpdate, keepConversation, removeFromInbox, sortInbox } from "./conversations";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import { applyPreferences } from "./preferences";
import type { Store } from "./store";
import type { Ending } from "./types";

const PAGES = 5;

/** Sets the user's role in the list of rooms, and adjusts the room's member count. */
export function setRoomRole(store: Store, roomId: string, role: Role | null): void {
  const change = (room: Room): Room => {
    if (room.id !== roomId || room.role === role) return room;
    const more = (role ? 1 : 0) - (room.role ? 1 : 0);
    return { ...room, role, member_count: Math.max(0, room.member_count + more) };
  };
  const rooms = store.get<Room[]>(keys.rooms);
  if (rooms) store.set(keys.rooms, rooms.map(change));
}

/** The user's list of conversations, kept live by their own channel. */
export class Inbox {
  readonly #overlap = new FetchOverlap<OwnMembershipEvent | PreferencesUpdated>();
  readonly #fetches = new Map<string, Promise<void>>();
  /** Time of the last membership change per conversation; older events are ignored. */
  readonly #changedAt = new Map<string, string>();

  constructor(
    readonly api: Api,
    readonly store: Store,
  ) {}

  /** The ids. Also the query function of their key. */
  async load(): Promise<string[]> {
    const begun = Date.now();
    const { answer, missed } = await this.#overlap.during(this.#fetchAll());
    for (const conversation of answer) {
      keepConversation(this.store, conversation, begun);
      this.#isIn(conversation.id);
    }
    sortInbox(
      this.store,
      answer.map(({ id }) => id),
    );
    for (const event of missed) {
      if (event.event === "preferences.updated") applyPreferences(this.store, event);
      else this.changed(event);
    }
    return this.store.inboxIds() ?? [];
  }

  /** Fetches a conversation (single-flight) and adds it to the list. */
  add(id: string): Promise<void> {
    const inFlight = this.#fetches.get(id);
    if (inFlight) return inFlight;
    const begun = Date.now();
    const fetch = this.api
      .conversation(id)
      .then((conversation) => {
        this.#isIn(id);
        addToInbox(this.store, conversation, begun);
      })
      .finally(() => this.#fetches.delete(id));
    this.#fetches.set(id, fetch);
    return fetch;
  }

  updated(event: InboxUpdated): void {
    if (!this.store.inboxIds() || applyInboxUpdate(this.store, event)) return;
    this.#addQuietly(event.conversation_id);
  }

  preferencesChanged(event: PreferencesUpdated): void {
    this.#overlap.record(event);
    applyPreferences(this.store, event);
  }

  /** Applies a change of the user's membership. Returns false if a newer change was applied before. */
  changed(event: OwnMembershipEvent): boolean {
    const { conversation_id: id, partial, at } = event;
    this.#overlap.record(event);
    if (event.event === "member.updated") {
      if (partial.role) this.store.patchConversation(id, { role: partial.role });
      if (partial.role && partial.room_id) setRoomRole(this.store, partial.room_id, partial.role);
      return true;
    }
    if ((this.#changedAt.get(id) ?? "") > at) return false;
    this.#changedAt.set(id, at);
    if (event.event === "member.joined") {
      if (partial.room_id) setRoomRole(this.store, partial.room_id, partial.role ?? "member");
      this.#addQuietly(id);
      return true;
    }
    if (partial.room_id) setRoomRole(this.store, partial.room_id, null);
    removeFromInbox(this.store, id);
    this.store.set<Ending | null>(keys.ending(id), endingOf(event));
    return true;
  }

  #isIn(id: string): void {
    if (this.store.get(keys.ending(id))) this.store.set<Ending | null>(keys.ending(id), null);
  }

  #addQuietly(id: string): void {
    this.add(id).catch(() => {
      // No longer a member, or no connection; the next welcome refreshes the inbox.
    });
  }

  async #fetchAll(): Promise<Conversation[]> {
    const found: Conversation[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < PAGES; page += 1) {
      const { data, next_cursor } = await this.api.inbox(cursor ?? undefined);
      found.push(...data);
      cursor = next_cursor;
      if (!cursor) break;
    }
    return found;
  }
}

function endingOf({ event, partial }: OwnMembershipEvent): Ending {
  const { banned, reason = "", until = null } = partial;
  return { how: event === "member.left" ? "left" : banned ? "banned" : "removed", reason, until };
}
