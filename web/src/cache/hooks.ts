import { skipToken, useQuery } from "@tanstack/react-query";
import { createContext, useContext, useEffect } from "react";
import type { Conversation, Invite, InviteCard, LinkState } from "../client";
import { keys } from "./keys";
import type { LiveCache } from "./live";
import { loadQuote, type QuoteShown, quoteOf } from "./quotes";
import type { CachedMember, CachedMessage, Ending, History, Presence, Receipts, Typist } from "./types";

const LiveContext = createContext<LiveCache | undefined>(undefined);

export const LiveProvider = LiveContext.Provider;

export function useLive(): LiveCache {
  const live = useContext(LiveContext);
  if (!live) throw new Error("used outside of a LiveProvider");
  return live;
}

/** Reads an entry that only socket patches write; it has no query function. */
export function useCached<T>(queryKey: readonly unknown[]): T | undefined {
  return useQuery<T>({ queryKey, queryFn: skipToken }).data;
}

/** The ids of the inbox, newest activity first. */
export function useInbox() {
  const live = useLive();
  const { data, isError, refetch } = useQuery({
    queryKey: keys.inbox,
    queryFn: () => live.loadInbox(),
  });
  return { ids: data, isError, refetch };
}

/** A conversation, fetched if it is not known yet; none for an empty id. */
export function useConversation(id: string): Conversation | undefined {
  const live = useLive();
  return useQuery({
    queryKey: keys.conversation(id),
    queryFn: id === "" ? skipToken : () => live.loadConversation(id),
  }).data;
}

/** Keeps a conversation live while it is shown, and gives the ids of its messages, oldest first. */
export function useConversationMessages(conversationId: string) {
  const live = useLive();
  useEffect(() => live.watch(conversationId), [live, conversationId]);
  const { data, error, refetch } = useQuery({
    queryKey: keys.messages(conversationId),
    queryFn: () => live.loadMessages(conversationId),
  });
  const history = useCached<History>(keys.history(conversationId));
  return {
    ids: data,
    error,
    refetch,
    hasOlder: history?.olderCursor != null,
    isLoadingOlder: history?.loading ?? false,
    olderFailed: history?.failed ?? false,
  };
}

/** The ids of a thread's replies, oldest first. Fetched after the conversation's messages, whose page sets the position for live updates. */
export function useReplies(conversationId: string, threadId: string) {
  const live = useLive();
  const hasMessages = useCached<History>(keys.history(conversationId)) !== undefined;
  const { data, error, refetch } = useQuery({
    queryKey: keys.replies(threadId),
    queryFn: hasMessages ? () => live.replies.load(conversationId, threadId) : skipToken,
  });
  const history = useCached<History>(keys.repliesHistory(threadId));
  return {
    ids: data,
    error,
    refetch,
    hasOlder: history?.olderCursor != null,
    isLoadingOlder: history?.loading ?? false,
    olderFailed: history?.failed ?? false,
  };
}

/** The message that a message quotes; `undefined` until it is known, `null` if there is none. */
export function useQuote(message: CachedMessage): QuoteShown | null | undefined {
  const live = useLive();
  const { conversation_id, quote_id } = message;
  useMessage(quote_id ?? "");
  useCached(keys.patches(conversation_id));
  const known = quoteOf(live.store, message);
  useQuery({
    queryKey: keys.quote(conversation_id, quote_id ?? ""),
    queryFn: known === undefined && !message.delivery ? () => loadQuote(live.client.api, message) : skipToken,
  });
  return known;
}

export function useMessage(id: string): CachedMessage | undefined {
  return useCached(keys.message(id));
}

const NOBODY: Presence = { people: [], count: 0 };
const NO_TYPISTS: Typist[] = [];
const NO_RECEIPTS: Receipts = {};

export function usePresence(conversationId: string): Presence {
  return useCached<Presence>(keys.presence(conversationId)) ?? NOBODY;
}

export function useTyping(conversationId: string): Typist[] {
  return useCached<Typist[]>(keys.typing(conversationId)) ?? NO_TYPISTS;
}

export function useReceipts(conversationId: string): Receipts {
  return useCached<Receipts>(keys.receipts(conversationId)) ?? NO_RECEIPTS;
}

export function useConnection(conversationId: string): LinkState {
  return useCached<LinkState>(keys.connection(conversationId)) ?? "idle";
}

export function useInboxConnection(): LinkState {
  return useCached<LinkState>(keys.inboxConnection) ?? "idle";
}

/** Ids of a room's members, by role and name. Fetched after the messages, whose page sets the position for live updates. */
export function useMembers(conversation: Conversation | undefined) {
  const live = useLive();
  const id = conversation?.id ?? "";
  const roomId = conversation?.room_id;
  const hasMessages = useCached<History>(keys.history(id)) !== undefined;
  const { data, isError, refetch } = useQuery({
    queryKey: keys.members(id),
    queryFn: roomId && hasMessages ? () => live.members.load(id, roomId) : skipToken,
  });
  const more = useCached<string | null>(keys.moreMembers(id));
  return { ids: data, isError, refetch, hasMore: more != null };
}

export function useMember(conversationId: string, userId: string): CachedMember | undefined {
  return useCached(keys.member(conversationId, userId));
}

/** End of the user's own mute; `null` if not muted. */
export function useMutedUntil(conversationId: string): string | null {
  const { me } = useLive();
  return useMember(conversationId, me.user_id)?.muted_until ?? null;
}

/** Why the user is no longer a member. */
export function useEnding(conversationId: string): Ending | undefined {
  return useCached<Ending | null>(keys.ending(conversationId)) ?? undefined;
}

const NO_INVITES: string[] = [];

/** Ids of the invites for the user, newest first. */
export function useMyInvites(): { ids: string[]; isLoaded: boolean } {
  const live = useLive();
  const { data } = useQuery({ queryKey: keys.myInvites, queryFn: () => live.invites.load() });
  return { ids: data ?? NO_INVITES, isLoaded: data !== undefined };
}

export function useInvite(id: string): InviteCard | undefined {
  return useCached(keys.invite(id));
}

/** Ids of a room's open invites, newest first: fetched on every mount, then kept live. */
export function useRoomInvites(conversationId: string, roomId: string) {
  const live = useLive();
  const { data, isError, refetch } = useQuery({
    queryKey: keys.roomInvites(conversationId),
    queryFn: () => live.roomInvites.load(conversationId, roomId),
    staleTime: 0,
    refetchOnMount: "always",
  });
  return { ids: data, isError, refetch };
}

/** Ids of users with an open invite to a room; undefined if the invites are not loaded. */
export function useInvited(conversationId: string): string[] | undefined {
  const { store } = useLive();
  const ids = useCached<string[]>(keys.roomInvites(conversationId));
  return ids?.flatMap((id) => store.get<Invite>(keys.roomInvite(id))?.user_id ?? []);
}

export function useRoomInvite(id: string): Invite | undefined {
  return useCached(keys.roomInvite(id));
}
