import { skipToken, useQueries, useQuery } from "@tanstack/react-query";
import type { Block, Conversation, Member, Room } from "../client";
import { useCached, useInbox, useLive } from "./hooks";
import { keys } from "./keys";
import type { CachedDraft, CachedMessage, Jump, UnreadHold } from "./types";

/** Loads what marks of the list and of messages depend on: the user's drafts and blocks. */
export function usePersonalState(): void {
  const live = useLive();
  useQuery({ queryKey: keys.drafts, queryFn: () => live.drafts.load() });
  useQuery({ queryKey: keys.blocks, queryFn: () => live.blocks.load() });
}

/** The newest known state of a draft. */
export function useDraft(conversationId: string, parentId?: string): CachedDraft | undefined {
  return useCached(keys.draft(conversationId, parentId));
}

/** Fetches a list on every mount, for changes that no event reports. */
const FRESH = { staleTime: 0, refetchOnMount: "always" } as const;

/** The saved messages: fetched when first wanted, then kept live. `isFresh`: fetched again, with edits and without deleted ones. */
export function useSaved({ isFresh = false } = {}) {
  const live = useLive();
  return useQuery({ queryKey: keys.saved, queryFn: () => live.saved.load(), ...(isFresh && FRESH) });
}

/** The threads that the user follows. `isFresh`: fetched again, because replies are not reported where notifications are off. */
export function useThreads({ isFresh = false } = {}) {
  const live = useLive();
  return useQuery({ queryKey: keys.threads, queryFn: () => live.threads.load(), ...(isFresh && FRESH) });
}

/** Where the user has marked messages of the open conversation as unread. */
export function useUnreadHold(conversationId: string): UnreadHold | undefined {
  return useCached<UnreadHold | null>(keys.unreadHold(conversationId)) ?? undefined;
}

/** Members that fit the letters after an @. */
export function useMentionable(conversationId: string, q: string): Member[] | undefined {
  const live = useLive();
  const { data } = useQuery<Member[]>({
    queryKey: keys.mentionable(conversationId, q),
    queryFn: q === "" ? skipToken : async () => (await live.client.api.membersNamed(conversationId, q)).data,
    staleTime: 30_000,
    placeholderData: (previous) => previous,
    retry: false,
  });
  return q === "" ? undefined : data;
}

/** The people that the user has blocked. `isFresh`: fetched again, because no event reports a change on another device. */
export function useBlocks({ isFresh = false } = {}) {
  const live = useLive();
  return useQuery({ queryKey: keys.blocks, queryFn: () => live.blocks.load(), ...(isFresh && FRESH) });
}

/** Whether the user has blocked the sender; as the server marked the message until the list is loaded. */
export function useIsBlocked(
  message:
    | (Pick<CachedMessage, "sender_id" | "from_blocked"> & Partial<Pick<CachedMessage, "type">>)
    | null
    | undefined,
): boolean {
  const { data } = useQuery<Block[], Error, boolean>({
    queryKey: keys.blocks,
    queryFn: skipToken,
    select: (blocks) => blocks.some(({ user_id }) => user_id === message?.sender_id),
  });
  return message != null && message.type !== "system" && (data ?? message.from_blocked ?? false);
}

/** Who may write in a conversation's room, and how often. */
export function useRoom(conversation: Pick<Conversation, "room_id" | "role"> | undefined): Room | undefined {
  const live = useLive();
  const roomId = conversation?.role ? conversation.room_id : null;
  return useQuery({
    queryKey: keys.room(roomId ?? ""),
    queryFn: roomId ? () => live.rooms.load(roomId) : skipToken,
  }).data;
}

/** When the server allows the next message, according to its last refusal; milliseconds since the epoch. */
export function useSlowUntil(conversationId: string): number {
  return useCached<number>(keys.slowUntil(conversationId)) ?? 0;
}

/** A message to scroll to, in a conversation or in a thread. */
export function useJump(placeId: string): Jump | undefined {
  return useCached<Jump | null>(keys.jump(placeId)) ?? undefined;
}

/** The inbox by the user's preferences; each list has the newest activity first. */
export interface InboxSections {
  favorites: string[];
  others: string[];
  archived: string[];
}

export function useInboxSections(): InboxSections {
  const { ids = [] } = useInbox();
  return useQueries({
    queries: ids.map((id) => ({ queryKey: keys.conversation(id), enabled: false })),
    combine: (results) => {
      const sections: InboxSections = { favorites: [], others: [], archived: [] };
      for (const [index, id] of ids.entries()) {
        const { preferences } = (results[index]?.data as Conversation | undefined) ?? { preferences: null };
        if (preferences?.archived) sections.archived.push(id);
        else if (preferences?.favorite) sections.favorites.push(id);
        else sections.others.push(id);
      }
      return sections;
    },
  });
}

/** Whether the user moderates any room of the inbox. */
export function useModeratesAny(): boolean {
  const { ids = [] } = useInbox();
  const { me } = useLive();
  const any = useQueries({
    queries: ids.map((id) => ({ queryKey: keys.conversation(id), enabled: false })),
    combine: (results) =>
      results.some(({ data }) => {
        const { type, role } = (data as Conversation | undefined) ?? {};
        return type === "room" && (role === "owner" || role === "moderator");
      }),
  });
  return any || (me.isAdmin ?? false);
}
