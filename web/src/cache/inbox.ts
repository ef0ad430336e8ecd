import type { Api, Conversation, InboxUpdated, OwnMembershipEvent, Role, Room } from "../client";
import { addToInbox, applyInboxUpdate, keepConversation, removeFromInbox, sortInbox } from "./conversations";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import type { Store } from "./store";
import type { Ending } from "./types";

const PAGES = 5;

/** One's own role in a room of the list of rooms, and the number of members with it. */
export function setRoomRole(store: Store, roomId: string, role: Role | null): void {
  const change = (room: Room): Room => {
    if (room.id !== roomId || room.role === role) return room;
    const more = (role ? 1 : 0) - (room.role ? 1 : 0);
    return { ...room, role, member_count: Math.max(0, room.member_count + more) };
  };
  const rooms = store.get<Room[]>(keys.rooms);
  if (rooms) store.set(keys.rooms, rooms.map(change));
}

/** Where the person is in: the list of conversations, as their own channel keeps it. */
export class Inbox {
  readonly #overlap = new FetchOverlap<OwnMembershipEvent>();
  readonly #fetches = new Map<string, Promise<void>>();
  /** When somewhere was last come in or gone out, by conversation: of two tellings the later one counts. */
  readonly #changedAt = new Map<string, string>();

  constructor(
    readonly api: Api,
    readonly store: Store,
  ) {}

  /** The ids. Also the query function of their key. */
  async load(): Promise<string[]> {
    const { answer, told } = await this.#overlap.during(this.#fetchAll());
    for (const conversation of answer) {
      keepConversation(this.store, conversation);
      this.#isIn(conversation.id);
    }
    sortInbox(
      this.store,
      answer.map(({ id }) => id),
    );
    for (const event of told) this.changed(event);
    return this.store.inboxIds() ?? [];
  }

  /** After the channel was away, which keeps no log. */
  async refresh(): Promise<void> {
    await this.load().catch(() => {
      // The connection is gone again, and comes back here.
    });
  }

  /** Fetches a conversation, alone and once for all who ask meanwhile, and puts it into the list. */
  add(id: string): Promise<void> {
    const under = this.#fetches.get(id);
    if (under) return under;
    const fetch = this.api
      .conversation(id)
      .then((conversation) => {
        this.#isIn(id);
        addToInbox(this.store, conversation);
      })
      .finally(() => this.#fetches.delete(id));
    this.#fetches.set(id, fetch);
    return fetch;
  }

  updated(event: InboxUpdated): void {
    if (!this.store.inboxIds() || applyInboxUpdate(this.store, event)) return;
    this.#addQuietly(event.conversation_id);
  }

  /** One came in, or is out, on whatever device and by whomever. False if something newer was told before. */
  changed(event: OwnMembershipEvent): boolean {
    const { conversation_id: id, partial, at } = event;
    this.#overlap.note(event);
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
      // Gone again, or the connection is; then the inbox is fetched with the next one.
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
