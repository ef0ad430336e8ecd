import {
  type Block,
  type Conversation,
  type Durable,
  type InboxUpdated,
  isCounted,
  isThreadOnly,
  isWrittenBy,
  type Message,
  type MessagePage,
  mentionsOf,
} from "../client";
import { keys } from "./keys";
import type { Store } from "./store";
import type { History, MarkerMove } from "./types";

/** A marker that moved in this tab is in the server's answers by then. */
const MARKER_WITHIN_MS = 3_000;

function activity(conversation: Conversation | undefined): string {
  return conversation?.last_message_at ?? conversation?.created_at ?? "";
}

/** Newest activity first, as the server orders it. */
export function sortInbox(store: Store, ids = store.inboxIds()): void {
  if (!ids) return;
  const sorted = [...ids].sort((a, b) => {
    const [at, bt] = [activity(store.conversation(a)), activity(store.conversation(b))];
    return at === bt ? (a < b ? 1 : -1) : at < bt ? 1 : -1;
  });
  const known = store.inboxIds();
  const same = known?.length === sorted.length && sorted.every((id, index) => id === known[index]);
  if (!same) store.set(keys.inbox, sorted);
}

/** The newer of two messages by position; of one message, the newer state. */
function newest(a: Message | null, b: Message | null): Message | null {
  if (!a || !b) return a ?? b;
  if (a.seq !== b.seq) return a.seq > b.seq ? a : b;
  return (a.updated_at ?? "") > (b.updated_at ?? "") ? a : b;
}

/**
 * Merges a fetched conversation. D1 can be behind the socket events, so counts and newest message only move forward. So does the read
 * marker, unless the fetch began, at `begun`, long enough after its last move in this tab: then the user has marked messages
 * as unread on another device.
 */
export function keepConversation(store: Store, fetched: Conversation, begun = 0): void {
  const known = store.conversation(fetched.id);
  if (!known) {
    store.set(keys.conversation(fetched.id), fetched);
    return;
  }
  const move = store.get<MarkerMove>(keys.markerMove(fetched.id));
  // The answer counts from the marker before the user marked messages as unread.
  const isOutrun = move?.isBack === true && begun < move.at;
  const isSettled = move === undefined || begun > move.at + MARKER_WITHIN_MS;
  const furthest = isOutrun ? known.last_read_seq : Math.max(known.last_read_seq, fetched.last_read_seq);
  const last_read_seq = isSettled ? fetched.last_read_seq : furthest;
  const { last_seq } = fetched.last_seq < known.last_seq ? known : fetched;
  const counted = fetched.last_seq < known.last_seq || isOutrun ? known : fetched;
  const isRead = last_read_seq >= last_seq;
  const last_message = newest(known.last_message, fetched.last_message);
  store.set(keys.conversation(fetched.id), {
    ...fetched,
    last_seq,
    last_message,
    last_message_at: last_message?.created_at ?? fetched.last_message_at,
    last_read_seq,
    unread_count: isRead ? 0 : counted.unread_count,
    mention_count: isRead ? 0 : counted.mention_count,
  });
}

/** Merges a fetched conversation and adds it to the inbox. */
export function addToInbox(store: Store, fetched: Conversation, begun?: number): void {
  keepConversation(store, fetched, begun);
  const ids = store.inboxIds();
  if (ids) sortInbox(store, ids.includes(fetched.id) ? ids : [...ids, fetched.id]);
}

export function removeFromInbox(store: Store, id: string): void {
  const ids = store.inboxIds();
  if (ids?.includes(id)) {
    store.set(
      keys.inbox,
      ids.filter((known) => known !== id),
    );
  }
}

/** Own and deleted messages never count as unread, nor do system messages and replies that are shown in their thread only. */
function counts(message: Message, me: string): boolean {
  return message.sender_id !== me && message.deleted_at === null && isCounted(message);
}

function isUnread(conversation: Conversation, message: Message, me: string): boolean {
  return message.seq > conversation.last_read_seq && counts(message, me);
}

/** The mentions of the user in an unread message that count: not in replies of threads, nor those by people that they have blocked. */
function unreadMentions(store: Store, conversation: Conversation, message: Message, me: string): number {
  const isUnseen = message.seq > conversation.last_read_seq && message.sender_id !== me && !isThreadOnly(message);
  return isUnseen && !isBlocked(store, message) ? mentionsOf(message, me) : 0;
}

function isBlocked(store: Store, { sender_id }: Message): boolean {
  return store.get<Block[]>(keys.blocks)?.some(({ user_id }) => user_id === sender_id) ?? false;
}

/**
 * Updates the newest message and the order of the inbox, but no count and no position: the acknowledgement of the
 * user's own message can arrive before events with a lower `seq`.
 */
export function showNewest(store: Store, message: Message): void {
  const known = store.conversation(message.conversation_id);
  if (!known || !isCounted(message) || newest(known.last_message, message) !== message) return;
  store.patchConversation(known.id, { last_message: message, last_message_at: message.created_at });
  sortInbox(store);
}

/**
 * Applies a newest page to its conversation, which D1 may have returned in an older state. Call after the page is in
 * the list of messages.
 */
export function catchUpWithPage(store: Store, id: string, page: MessagePage, me: string): void {
  // Sending marks as read up to the message. D1 gets the marker with the message, so it has that of earlier ones.
  const counted = Math.max(
    store.conversation(id)?.last_seq ?? 0,
    store.get<MarkerMove>(keys.markerMove(id))?.head ?? 0,
  );
  const own = page.data.find((message) => isWrittenBy(message, me) && message.seq > counted);
  if (own) readUpTo(store, id, own.seq, me);
  const known = store.conversation(id);
  if (!known) return;
  const unseen = page.data.filter(({ seq }) => seq > known.last_seq);
  const counts = countUnread(store, id, known.last_read_seq, me) ?? {
    unread_count: known.unread_count + unseen.filter((message) => isUnread(known, message, me)).length,
    mention_count: unseen.reduce((sum, each) => sum + unreadMentions(store, known, each, me), known.mention_count),
  };
  const last_seq = Math.max(known.last_seq, page.head ?? 0);
  store.patchConversation(id, { last_seq, ...counts });
  const last = page.data.find(isCounted);
  if (last) showNewest(store, store.message(last.id) ?? last);
}

/** Recomputes the unread counts from the list of messages if all unread messages are loaded. */
export function recountUnread(store: Store, id: string, me: string): void {
  const known = store.conversation(id);
  const counts = known && countUnread(store, id, known.last_read_seq, me);
  if (!known || !counts) return;
  const isSame = counts.unread_count === known.unread_count && counts.mention_count === known.mention_count;
  if (!isSame) store.patchConversation(id, counts);
}

/** Applies a new message to its conversation: newest message, order of the inbox, unread count. */
export function applyNewMessage(store: Store, message: Message, me: string): void {
  const known = store.conversation(message.conversation_id);
  if (!known || message.seq <= known.last_seq) return;
  const unread_count = known.unread_count + (isUnread(known, message, me) ? 1 : 0);
  const mention_count = known.mention_count + unreadMentions(store, known, message, me);
  store.patchConversation(known.id, { last_seq: message.seq, unread_count, mention_count });
  showNewest(store, message);
}

/** Applies a durable event to its conversation. Call before the message is patched: the count needs its old state. */
export function applyToConversation(store: Store, event: Durable, me: string): void {
  const known = store.conversation(event.conversation_id);
  if (!known || event.seq <= known.last_seq) return;
  if (event.event === "message.created") return applyNewMessage(store, event.partial, me);
  store.patchConversation(known.id, { ...changeBy(store, known, event, me), last_seq: event.seq });
}

function changeBy(
  store: Store,
  known: Conversation,
  event: Exclude<Durable, { event: "message.created" }>,
  me: string,
): Partial<Conversation> {
  switch (event.event) {
    case "message.updated":
    case "message.deleted": {
      const last = known.last_message;
      const change: Partial<Conversation> =
        last?.id === event.id ? { last_message: { ...last, ...event.partial } } : {};
      // Whether an unloaded message was counted is unknown; the next inbox update has the counts.
      const message = store.message(event.id) ?? (last?.id === event.id ? last : undefined);
      if (message) {
        const [before, after] = [message, { ...message, ...event.partial }].map((state) =>
          unreadMentions(store, known, state, me),
        );
        change.mention_count = Math.max(0, known.mention_count + (after ?? 0) - (before ?? 0));
      }
      if (event.event === "message.updated") return change;
      return message && isUnread(known, message, me)
        ? { ...change, unread_count: Math.max(0, known.unread_count - 1) }
        : change;
    }
    case "reaction.added":
    case "reaction.removed":
    case "message.pinned":
    case "message.unpinned":
    case "thread.updated":
      return {};
    case "member.joined":
      return event.partial.user_id === me
        ? { role: event.partial.role, member_count: known.member_count + 1 }
        : { member_count: known.member_count + 1 };
    case "member.left":
    case "member.removed":
      return { member_count: Math.max(0, known.member_count - 1) };
    case "member.updated":
      return event.partial.user_id === me && event.partial.role ? { role: event.partial.role } : {};
    case "conversation.updated": {
      const { metadata, name, visibility } = event.partial;
      const change: Partial<Conversation> = { updated_at: event.at };
      if (metadata) change.metadata = metadata;
      if (name !== undefined) change.room_name = name;
      if (visibility) change.room_visibility = visibility;
      return change;
    }
  }
}

/**
 * Applies an inbox update. Returns false if the conversation has to be fetched: it is not in the cached inbox, or its read marker
 * moved on another device, which the update does not carry.
 */
export function applyInboxUpdate(store: Store, event: InboxUpdated): boolean {
  const known = store.conversation(event.conversation_id);
  if (!known || !store.inboxIds()?.includes(known.id)) return false;
  const { last_seq = known.last_seq, last_message, last_message_at, unread_count, mention_count } = event.partial;
  // The update is older than the cached state.
  if (last_seq < known.last_seq) return true;
  const change: Partial<Conversation> = { last_seq };
  if (last_message) change.last_message = last_message;
  if (last_message_at) change.last_message_at = last_message_at;
  if (unread_count !== undefined) {
    // The server counted before it received the read marker.
    const isRead = known.last_read_seq >= last_seq;
    change.unread_count = isRead ? 0 : unread_count;
    change.mention_count = isRead ? 0 : mention_count;
  }
  store.patchConversation(known.id, change);
  sortInbox(store);
  return !unread_count || last_seq > known.last_seq || unread_count === known.unread_count;
}

/** Moves the read marker forward: the user has read up to `seq`, in this tab or on another device. */
export function readUpTo(store: Store, id: string, seq: number, me: string): void {
  const known = store.conversation(id);
  if (!known || seq <= known.last_read_seq) return;
  const remaining = seq >= known.last_seq ? NOTHING : countUnread(store, id, seq, me);
  const head = store.get<MarkerMove>(keys.markerMove(id))?.head ?? 0;
  store.set<MarkerMove>(keys.markerMove(id), { at: Date.now(), isBack: false, head });
  // If the loaded messages do not reach back to the marker, the next inbox update has the counts.
  store.patchConversation(id, { last_read_seq: seq, ...remaining });
}

/**
 * A receipt of the user's own, of this device or another. One from before they marked messages as unread can arrive after the answer to
 * that, and moves nothing.
 */
export function receiptOfOwn(store: Store, id: string, seq: number, me: string): void {
  const move = store.get<MarkerMove>(keys.markerMove(id));
  const mayBeOld = move?.isBack === true && Date.now() <= move.at + MARKER_WITHIN_MS;
  if (!mayBeOld) readUpTo(store, id, seq, me);
}

/** Moves the read marker back: the server has marked the messages after `seq` as unread. */
export function unreadFrom(store: Store, id: string, seq: number, me: string): void {
  const known = store.conversation(id);
  if (!known || seq >= known.last_read_seq) return;
  // Messages that the user sent before do not move the marker forward any more.
  const loaded = (store.messageIds(id) ?? []).map((message) => store.message(message)?.seq ?? 0);
  const head = Math.max(known.last_seq, ...loaded);
  store.set<MarkerMove>(keys.markerMove(id), { at: Date.now(), isBack: true, head });
  store.patchConversation(id, { last_read_seq: seq, ...countUnread(store, id, seq, me) });
}

type UnreadCounts = Pick<Conversation, "unread_count" | "mention_count">;

const NOTHING: UnreadCounts = { unread_count: 0, mention_count: 0 };

/** Unread messages after a marker, and mentions in them; undefined if the loaded messages do not reach back to it. */
function countUnread(store: Store, id: string, marker: number, me: string): UnreadCounts | undefined {
  const ids = store.messageIds(id);
  const known = store.conversation(id);
  if (!ids || !known) return undefined;
  const conversation = { ...known, last_read_seq: marker };
  const count = { unread_count: 0, mention_count: 0 };
  let oldest = Number.POSITIVE_INFINITY;
  for (let index = ids.length - 1; index >= 0; index -= 1) {
    const message = store.message(ids[index] ?? "");
    if (!message || message.delivery) continue;
    if (message.seq <= marker) return count;
    oldest = message.seq;
    if (counts(message, me)) count.unread_count += 1;
    count.mention_count += unreadMentions(store, conversation, message, me);
  }
  if (oldest === marker + 1) return count;
  return store.get<History>(keys.history(id))?.olderCursor === null ? count : undefined;
}
