import type { QueryKey } from "@tanstack/react-query";
import {
  type Attachment,
  type DraftPlace,
  isPicture,
  isThreadOnly,
  type Message,
  type MessagePage,
  type Person,
} from "../client";
import { keys } from "./keys";
import type { Store } from "./store";
import { type CachedMessage, pendingId } from "./types";

/** Maximum number of unloaded messages with stored patches. The oldest are dropped first. */
const MAX_PATCHES = 500;
const MAX_PATCHES_EACH = 10;

/** A new message has neither reactions nor a pin nor replies; its event leaves them out. */
const UNANNOTATED = {
  reactions: [],
  pinned_at: null,
  pinned_by: null,
  reply_count: 0,
  last_reply_at: null,
  quote: null,
};

/** Patches by message id, in order: a page can include some of them and not the later ones. */
type Patches = Record<string, Partial<CachedMessage>[]>;

/** Time of the last change, RFC 3339, so it sorts as text. */
function changedAt(message: Partial<Message>): string {
  return message.updated_at ?? "";
}

/** The newer of two states of one message. */
function newer(a: CachedMessage | undefined, b: CachedMessage): CachedMessage {
  return a && changedAt(a) >= changedAt(b) ? a : b;
}

/** The lists that show a message: its conversation's, its thread's, or both. */
function listsOf(message: Pick<Message, "conversation_id" | "thread_id" | "also_in_channel">): QueryKey[] {
  const { conversation_id, thread_id } = message;
  const lists: QueryKey[] = isThreadOnly(message) ? [] : [keys.messages(conversation_id)];
  return thread_id == null ? lists : [...lists, keys.replies(thread_id)];
}

/** Whether a loaded list shows a message, or it is the first of a thread whose replies are loaded. */
function isShown(store: Store, message: CachedMessage): boolean {
  const has = (list: QueryKey) => store.get<string[]>(list)?.includes(message.id) ?? false;
  return listsOf(message).some(has) || store.get(keys.replies(message.id)) !== undefined;
}

/** Stores a message from the server, unless the cached state is newer. Its reactions and pin stay as they are cached. */
function keepMessage(store: Store, message: CachedMessage): void {
  const patches = store.get<Patches>(keys.patches(message.conversation_id))?.[message.id] ?? [];
  let patched = message;
  for (const patch of patches) {
    if (changedAt(patch) > changedAt(patched)) patched = { ...patched, ...patch };
    if (patch.deleted_at) patched = { ...patched, quote: null };
  }
  store.set(keys.message(message.id), newer(store.message(message.id), patched));
}

/** Stores a message of an answer that is newer than the cached reactions, pin and number of replies: they are the answer's. */
export function refreshMessage(store: Store, message: CachedMessage): void {
  keepMessage(store, message);
  const kept = store.message(message.id);
  if (!kept) return;
  const { reactions, pinned_at, pinned_by, reply_count, last_reply_at, quote } = message;
  const thread = { reply_count, last_reply_at };
  if (kept.deleted_at) store.set(keys.message(message.id), { ...kept, ...thread });
  else if (reactions)
    store.set(keys.message(message.id), { ...kept, ...thread, reactions, pinned_at, pinned_by, quote });
}

/** By `seq`; pending messages come last, in the order in which they were written. */
function inOrder(store: Store, ids: string[]): string[] {
  const place = (id: string) => {
    const message = store.message(id);
    return !message || message.delivery ? Number.POSITIVE_INFINITY : message.seq;
  };
  const places = ids.map(place);
  const isSorted = places.every((at, index) => index === 0 || (places[index - 1] ?? 0) <= at);
  if (isSorted) return ids;
  return ids
    .map((id, index) => ({ id, index, at: places[index] ?? 0 }))
    .sort((a, b) => (a.at === b.at ? a.index - b.index : a.at - b.at))
    .map(({ id }) => id);
}

function setIds(store: Store, list: QueryKey, ids: string[]): void {
  store.set(list, inOrder(store, ids));
}

/** Adds a page that is older than the list or a part of it. */
export function addPage(store: Store, list: QueryKey, page: MessagePage): void {
  for (const message of page.data) keepMessage(store, message);
  const known = store.get<string[]>(list) ?? [];
  const has = new Set(known);
  const added = page.data.map(({ id }) => id).filter((id) => !has.has(id));
  setIds(store, list, [...added.reverse(), ...known]);
}

/**
 * Replaces the list with a newest page, but keeps messages that are newer than the page or pending.
 * Drops older pages: messages between them and this page, or changes of theirs, could be missing.
 */
export function replaceWithNewestPage(store: Store, list: QueryKey, page: MessagePage): void {
  for (const message of page.data) refreshMessage(store, message);
  const ids = page.data.map(({ id }) => id).reverse();
  const loaded = new Set(ids);
  const head = page.head ?? page.data[0]?.seq ?? 0;
  const others = (store.get<string[]>(list) ?? []).filter((id) => !loaded.has(id));
  const stays = (id: string) => {
    const message = store.message(id);
    return message !== undefined && (message.delivery !== undefined || message.seq > head);
  };
  setIds(store, list, [...ids, ...others.filter(stays)]);
  for (const id of others.filter((other) => !stays(other))) dropUnlessShown(store, id);
}

/** Drops the list of a thread, and the replies that no other list shows. */
export function dropReplies(store: Store, threadId: string): void {
  const ids = store.get<string[]>(keys.replies(threadId)) ?? [];
  store.drop(keys.replies(threadId));
  for (const id of [threadId, ...ids]) dropUnlessShown(store, id);
}

function dropUnlessShown(store: Store, id: string): void {
  const message = store.message(id);
  if (message && !isShown(store, message)) store.drop(keys.message(id));
}

/** Adds a message of another user, or the user's own from another tab or after a lost acknowledgement. */
export function addMessage(store: Store, message: Message, me: string): void {
  const { client_msg_id } = message;
  const pending = client_msg_id && message.sender_id === me ? pendingId(client_msg_id) : undefined;
  if (pending && store.message(pending)) return settle(store, pending, { ...UNANNOTATED, ...message });
  const lists = listsOf(message).filter((list) => store.get(list) !== undefined);
  if (lists.length === 0) return;
  keepMessage(store, { ...UNANNOTATED, ...message });
  for (const list of lists) {
    const ids = store.get<string[]>(list) ?? [];
    if (!ids.includes(message.id)) setIds(store, list, [...ids, message.id]);
  }
}

/** Applies a change of a message, loaded or not. */
export function patchMessage(store: Store, conversationId: string, id: string, partial: Partial<CachedMessage>): void {
  const known = store.message(id);
  if (known) {
    const change = partial.deleted_at ? { ...partial, quote: null } : partial;
    if (changedAt(known) <= changedAt(partial)) store.set(keys.message(id), { ...known, ...change });
    return;
  }
  // A page loaded later may predate this change.
  const { [id]: earlier = [], ...others } = store.get<Patches>(keys.patches(conversationId)) ?? {};
  const kept = Object.entries(others).slice(-(MAX_PATCHES - 1));
  const patches = [...earlier, partial].slice(-MAX_PATCHES_EACH);
  store.set<Patches>(keys.patches(conversationId), { ...Object.fromEntries(kept), [id]: patches });
}

/** What the user sends. */
export interface NewMessage {
  body: string;
  /** The message that it answers, if that is not the first of its thread. */
  answers?: string | undefined;
  /** Of a reply: whether it is shown in the conversation too. */
  alsoInChannel?: boolean;
  /** The message that it quotes. */
  quoteId?: string | undefined;
  /** Its files, which the server has. */
  attachments?: Attachment[] | undefined;
}

/** The newest patch for a message that is not loaded. */
export function lastPatch(store: Store, conversationId: string, id: string): Partial<CachedMessage> | undefined {
  return store.get<Patches>(keys.patches(conversationId))?.[id]?.at(-1);
}

/** Adds the user's own message before it is acknowledged. */
export function addPending(
  store: Store,
  place: DraftPlace,
  clientMsgId: string,
  me: Person,
  { body, answers, alsoInChannel = false, quoteId, attachments = [] }: NewMessage,
): void {
  const type = attachments.length === 0 ? "text" : attachments.every(isPicture) ? "image" : "file";
  const message: CachedMessage = {
    id: pendingId(clientMsgId),
    conversation_id: place.conversationId,
    seq: 0,
    sender_id: me.user_id,
    sender_name: me.name,
    type,
    body,
    metadata: null,
    parent_id: answers ?? place.parentId ?? null,
    thread_id: place.parentId ?? null,
    also_in_channel: place.parentId !== undefined && alsoInChannel,
    quote_id: quoteId ?? null,
    mentions: [],
    attachments,
    client_msg_id: clientMsgId,
    version: 1,
    created_at: new Date().toISOString(),
    edited_at: null,
    deleted_at: null,
    updated_at: null,
    ...UNANNOTATED,
    delivery: "pending",
  };
  store.set(keys.message(message.id), message);
  for (const list of listsOf(message)) setIds(store, list, [...(store.get<string[]>(list) ?? []), message.id]);
}

/** Applies an acknowledgement. The row keeps its position and key; only its id changes. */
export function acknowledge(
  store: Store,
  clientMsgId: string,
  ack: Pick<Message, "id" | "seq" | "created_at">,
): Message | undefined {
  const id = pendingId(clientMsgId);
  const pending = store.message(id);
  if (!pending) return undefined;
  const { delivery: _, failure: __, ...rest } = pending;
  const message: Message = { ...rest, id: ack.id, seq: ack.seq, created_at: ack.created_at };
  settle(store, id, message);
  return message;
}

/** Writes the new detail, then the list, then drops the old detail, so a reader in between always finds a message. */
function settle(store: Store, pending: string, message: CachedMessage): void {
  keepMessage(store, message);
  for (const list of listsOf(message)) {
    const ids = store.get<string[]>(list);
    if (!ids) continue;
    const replaced = ids.includes(message.id)
      ? ids.filter((id) => id !== pending)
      : ids.map((id) => (id === pending ? message.id : id));
    setIds(store, list, replaced);
  }
  store.drop(keys.message(pending));
}

export function failPending(store: Store, clientMsgId: string, failure: string): void {
  const id = pendingId(clientMsgId);
  const pending = store.message(id);
  if (pending) store.set(keys.message(id), { ...pending, delivery: "failed", failure });
}

export function retryPending(store: Store, clientMsgId: string): void {
  const id = pendingId(clientMsgId);
  const pending = store.message(id);
  if (!pending) return;
  const { failure: _, ...rest } = pending;
  store.set(keys.message(id), { ...rest, delivery: "pending" });
}

export function removePending(store: Store, clientMsgId: string): void {
  const id = pendingId(clientMsgId);
  const pending = store.message(id);
  if (!pending) return;
  for (const list of listsOf(pending)) {
    const ids = store.get<string[]>(list);
    if (!ids) continue;
    setIds(
      store,
      list,
      ids.filter((known) => known !== id),
    );
  }
  store.drop(keys.message(id));
}
