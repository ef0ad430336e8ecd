import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { Conversation, InviteCard } from "../client";
import { keys } from "./keys";
import type { CachedMember, CachedMessage } from "./types";

/** Typed access to the query cache. Writing an identical value notifies no observer. */
export class Store {
  constructor(readonly queries: QueryClient) {}

  get<T>(key: QueryKey): T | undefined {
    return this.queries.getQueryData<T>(key);
  }

  set<T>(key: QueryKey, value: T): void {
    if (this.get<T>(key) !== value) this.queries.setQueryData<T>(key, value);
  }

  drop(key: QueryKey): void {
    this.queries.removeQueries({ queryKey: key, exact: true });
  }

  message(id: string): CachedMessage | undefined {
    return this.get(keys.message(id));
  }

  conversation(id: string): Conversation | undefined {
    return this.get(keys.conversation(id));
  }

  messageIds(conversationId: string): string[] | undefined {
    return this.get(keys.messages(conversationId));
  }

  memberIds(conversationId: string): string[] | undefined {
    return this.get(keys.members(conversationId));
  }

  member(conversationId: string, userId: string): CachedMember | undefined {
    return this.get(keys.member(conversationId, userId));
  }

  invite(id: string): InviteCard | undefined {
    return this.get(keys.invite(id));
  }

  inboxIds(): string[] | undefined {
    return this.get(keys.inbox);
  }

  patchConversation(id: string, change: Partial<Conversation>): void {
    const known = this.conversation(id);
    if (known) this.set(keys.conversation(id), { ...known, ...change });
  }
}
