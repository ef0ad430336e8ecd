import type { Api, Durable, Member, OwnMembershipEvent, Person, Role } from "../client";
import { Deadlines } from "./deadlines";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import type { Store } from "./store";
import type { CachedMember } from "./types";

type MemberEvent = Extract<Durable, { event: `member.${string}` }> | OwnMembershipEvent;

const RANK: Record<Role, number> = { owner: 0, moderator: 1, member: 2 };

export function isAboutMember(event: Durable): event is Extract<Durable, { event: `member.${string}` }> {
  return event.event.startsWith("member.");
}

/**
 * Members of opened rooms, with their mutes. A mute expires here at its end time, as it does on the
 * server.
 */
export class Members {
  readonly #overlap = new FetchOverlap<MemberEvent>();
  readonly #mutes = new Deadlines();

  constructor(
    readonly api: Api,
    readonly store: Store,
    readonly me: Person,
  ) {}

  /** Ids of the first page of members, by role and name. Also the query function of their key. */
  async load(conversationId: string, roomId: string): Promise<string[]> {
    const { answer, missed } = await this.#overlap.during(this.api.members(roomId));
    this.#keep(conversationId, answer.data);
    this.#setIds(
      conversationId,
      answer.data.map(({ user_id }) => user_id),
    );
    this.store.set(keys.moreMembers(conversationId), answer.next_cursor);
    for (const event of missed) this.apply(event);
    return this.store.memberIds(conversationId) ?? [];
  }

  async loadMore(conversationId: string, roomId: string): Promise<void> {
    const cursor = this.store.get<string | null>(keys.moreMembers(conversationId));
    if (!cursor) return;
    const { answer, missed } = await this.#overlap.during(this.api.members(roomId, cursor));
    this.#keep(conversationId, answer.data);
    const more = answer.data.map(({ user_id }) => user_id);
    this.#setIds(conversationId, [...(this.store.memberIds(conversationId) ?? []), ...more]);
    this.store.set(keys.moreMembers(conversationId), answer.next_cursor);
    for (const event of missed) this.apply(event);
  }

  /** Applies an event of a room's socket or of the own channel; both can deliver the same change. */
  apply(event: MemberEvent): void {
    this.#overlap.record(event);
    const { conversation_id: id, partial, at } = event;
    const known = this.store.member(id, partial.user_id);
    // The own channel can deliver a change after the room's socket has delivered a newer one.
    if (known && known.changed_at > at) return;
    const ids = this.store.memberIds(id);
    switch (event.event) {
      case "member.joined": {
        const { role = "member" } = event.partial;
        const name = "name" in event.partial ? event.partial.name : this.#nameOf(id, partial.user_id);
        // A mute persists when the member leaves and rejoins.
        const muted_until = known?.muted_until ?? null;
        this.#put(id, { user_id: partial.user_id, name, role, muted_until, changed_at: at });
        if (ids) this.#setIds(id, [...ids, partial.user_id]);
        return;
      }
      case "member.left":
      case "member.removed":
        if (known) this.#put(id, { ...known, changed_at: at });
        if (ids) {
          this.#setIds(
            id,
            ids.filter((user) => user !== partial.user_id),
          );
        }
        return;
      case "member.updated": {
        const { role, muted_until } = event.partial;
        const change: Partial<CachedMember> = { changed_at: at };
        if (role) change.role = role;
        if (muted_until !== undefined) change.muted_until = muted_until;
        this.#patch(id, partial.user_id, change);
        if (ids && role) this.#setIds(id, ids);
      }
    }
  }

  /** Records the user's own mute from a refusal. */
  mutedMyself(conversationId: string, until: string): void {
    this.#patch(conversationId, this.me.user_id, { muted_until: until });
  }

  stop(): void {
    this.#mutes.stop();
  }

  #keep(conversationId: string, members: Member[]): void {
    for (const { user_id, name, role, muted_until } of members) {
      this.#put(conversationId, { user_id, name, role, muted_until, changed_at: "" });
    }
  }

  /** The user's own entry can exist before the list is loaded. */
  #patch(id: string, userId: string, change: Partial<CachedMember>): void {
    const known = this.store.member(id, userId);
    if (!known && userId !== this.me.user_id) return;
    const role = this.store.conversation(id)?.role ?? "member";
    const { user_id, name } = this.me;
    const member = known ?? { user_id, name, role, muted_until: null, changed_at: "" };
    this.#put(id, { ...member, ...change });
  }

  #put(id: string, member: CachedMember): void {
    const { user_id, muted_until } = member;
    this.store.set(keys.member(id, user_id), member);
    this.#mutes.set(`${id}/${user_id}`, muted_until, () => this.#patch(id, user_id, { muted_until: null }));
  }

  #nameOf(id: string, userId: string): string {
    return userId === this.me.user_id ? this.me.name : (this.store.member(id, userId)?.name ?? "");
  }

  /** Without duplicates, by role, then by name. */
  #setIds(id: string, ids: string[]): void {
    const place = (userId: string) => {
      const { role, name } = this.store.member(id, userId) ?? { role: "member" as const, name: "" };
      return { rank: RANK[role], name };
    };
    const sorted = [...new Set(ids)].sort((a, b) => {
      const [at, bt] = [place(a), place(b)];
      return at.rank - bt.rank || at.name.localeCompare(bt.name) || (a < b ? -1 : 1);
    });
    this.store.set(keys.members(id), sorted);
  }
}
