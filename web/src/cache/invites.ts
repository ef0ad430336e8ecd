import {
  type Api,
  type Invite,
  type InviteCard,
  type InviteDraft,
  type MadeInvite,
  type OwnInviteEvent,
  Problem,
  type Room,
  type RoomInviteEvent,
} from "../client";
import { Deadlines } from "./deadlines";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import type { Store } from "./store";

/** Whether the invite can still be accepted, apart from its expiry. */
function isOpen({ user_id, max_uses, uses, declined_at, revoked_at }: Invite): boolean {
  if (declined_at || revoked_at) return false;
  return uses < (max_uses ?? (user_id ? 1 : Number.POSITIVE_INFINITY));
}

/** Ids sort by time. */
function newestFirst(ids: string[]): string[] {
  return [...new Set(ids)].sort((a, b) => (a < b ? 1 : -1));
}

/** Invites for the user, kept live by their own channel. Only open invites are in the list. */
export class MyInvites {
  readonly #overlap = new FetchOverlap<OwnInviteEvent>();
  readonly #ends = new Deadlines();

  constructor(
    readonly api: Api,
    readonly store: Store,
  ) {}

  /** The ids, newest first. Also the query function of their key. */
  async load(): Promise<string[]> {
    const { answer, missed } = await this.#overlap.during(this.api.invites());
    for (const card of answer.data) this.#put(card);
    this.store.set(keys.myInvites, newestFirst(answer.data.map(({ id }) => id)));
    for (const event of missed) this.apply(event);
    return this.#ids();
  }

  apply(event: OwnInviteEvent): void {
    this.#overlap.record(event);
    if (event.event === "invite.created") {
      this.#put(event.partial);
      this.#set([...this.#ids(), event.id]);
    } else {
      const { accepted_at, declined_at, revoked_at } = event.partial;
      if (accepted_at || declined_at || revoked_at) this.remove(event.id);
    }
  }

  async accept(id: string): Promise<Room> {
    const room = await this.api.acceptInvite(id).catch((error: unknown) => this.#refused(id, error));
    this.remove(id);
    return room;
  }

  async decline(id: string): Promise<void> {
    await this.api.declineInvite(id).catch((error: unknown) => this.#refused(id, error));
    this.remove(id);
  }

  remove(id: string): void {
    this.#ends.set(id, null, () => {});
    this.#set(this.#ids().filter((known) => known !== id));
    this.store.drop(keys.invite(id));
  }

  stop(): void {
    this.#ends.stop();
  }

  /** Removes an invite that the server reports as closed, then rethrows. */
  #refused(id: string, error: unknown): never {
    if (error instanceof Problem && [404, 409, 410].includes(error.status)) this.remove(id);
    throw error;
  }

  #put(card: InviteCard): void {
    this.store.set(keys.invite(card.id), card);
    this.#ends.set(card.id, card.expires_at, () => this.remove(card.id));
  }

  #ids(): string[] {
    return this.store.get<string[]>(keys.myInvites) ?? [];
  }

  /** Does nothing before the list is fetched. */
  #set(ids: string[]): void {
    if (this.store.get(keys.myInvites)) this.store.set(keys.myInvites, newestFirst(ids));
  }
}

/** Open invites of the rooms that the user moderates, kept live by the rooms' sockets. */
export class RoomInvites {
  readonly #overlap = new FetchOverlap<RoomInviteEvent>();
  readonly #ends = new Deadlines();

  constructor(
    readonly api: Api,
    readonly store: Store,
  ) {}

  /** The ids, newest first. Also the query function of their key. */
  async load(conversationId: string, roomId: string): Promise<string[]> {
    const { answer, missed } = await this.#overlap.during(this.api.roomInvites(roomId));
    const now = new Date().toISOString();
    const open = answer.data.filter((invite) => isOpen(invite) && (invite.expires_at ?? now) >= now);
    this.store.set(
      keys.roomInvites(conversationId),
      open.map(({ id }) => id),
    );
    for (const invite of open) this.#put(conversationId, invite);
    for (const event of missed) this.apply(event);
    return this.#ids(conversationId);
  }

  apply(event: RoomInviteEvent): void {
    this.#overlap.record(event);
    this.#put(event.conversation_id, event.partial);
  }

  async make(conversationId: string, roomId: string, draft: InviteDraft): Promise<MadeInvite> {
    const made = await this.api.createInvite(roomId, draft);
    const { token: _, url: __, ...invite } = made;
    // An event may have delivered a newer state already.
    if (!this.store.get(keys.roomInvite(invite.id))) this.#put(conversationId, invite);
    return made;
  }

  async revoke(conversationId: string, { room_id, id }: Invite): Promise<void> {
    await this.api.revokeInvite(room_id, id);
    this.#remove(conversationId, id);
  }

  stop(): void {
    this.#ends.stop();
  }

  #put(conversationId: string, invite: Invite): void {
    if (!isOpen(invite)) return this.#remove(conversationId, invite.id);
    this.store.set(keys.roomInvite(invite.id), invite);
    this.#set(conversationId, [...this.#ids(conversationId), invite.id]);
    this.#ends.set(invite.id, invite.expires_at, () => this.#remove(conversationId, invite.id));
  }

  #remove(conversationId: string, id: string): void {
    this.#ends.set(id, null, () => {});
    this.#set(
      conversationId,
      this.#ids(conversationId).filter((known) => known !== id),
    );
  }

  #ids(conversationId: string): string[] {
    return this.store.get<string[]>(keys.roomInvites(conversationId)) ?? [];
  }

  #set(conversationId: string, ids: string[]): void {
    const key = keys.roomInvites(conversationId);
    if (this.store.get(key)) this.store.set(key, newestFirst(ids));
  }
}
