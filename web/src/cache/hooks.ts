import { skipToken, useQuery } from "@tanstack/react-query";
import { createContext, useContext, useEffect } from "react";
import type { Conversation, LinkState } from "../client";
import { keys } from "./keys";
import type { LiveCache } from "./live";
import type { CachedMessage, History, Presence, Receipts, Typist } from "./types";

const LiveContext = createContext<LiveCache | undefined>(undefined);

export const LiveProvider = LiveContext.Provider;

export function useLive(): LiveCache {
  const live = useContext(LiveContext);
  if (!live) throw new Error("used outside of a LiveProvider");
  return live;
}

/** What only the sockets and their patches write: never fetched from here. */
function useCached<T>(queryKey: readonly unknown[]): T | undefined {
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

/** A conversation, fetched if it is not known yet. */
export function useConversation(id: string): Conversation | undefined {
  const live = useLive();
  return useQuery({
    queryKey: keys.conversation(id),
    queryFn: () => live.loadConversation(id),
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
