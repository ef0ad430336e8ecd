import type { DraftPlace, Message, MessagePage, Person } from "../client";
import { keys } from "./keys";
import type { Store } from "./store";
import { type CachedMessage, pendingId } from "./types";

/** Maximum number of unloaded messages with stored patches. The oldest are dropped first. */
const MAX_PATCHES = 500;
const MAX_PATCHES_EACH = 10;

/** A new message has neither reactions nor a pin; its event leaves them out. */
const UNANNOTATED = { reactions: [], pinned_at: null, pinned_by: null };

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

/** Stores a message from the server, unless the cached state is newer. Its reactions and pin stay as they are cached. */
function keepMessage(store: Store, message: CachedMessage): void {
  const patches = store.get<Patches>(keys.patches(message.conversation_id))?.[message.id] ?? [];
  let patched = message;
  for (const patch of patches) {
    if (changedAt(patch) > changedAt(patched)) patched = { ...patched, ...patch };
  }
  store.set(keys.message(message.id), newer(store.message(message.id), patched));
}

/** Stores a message of a page that is newer than the cached reactions and pin: they are the page's. */
function refreshMessage(store: Store, message: CachedMessage): void {
  keepMessage(store, message);
  const kept = store.message(message.id);
  if (!kept || kept.deleted_at) return;
  const { reactions, pinned_at, pinned_by } = message;
  if (reactions) store.set(keys.message(message.id), { ...kept, reactions, pinned_at, pinned_by });
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

function setIds(store: Store, conversationId: string, ids: string[]): void {
  store.set(keys.messages(conversationId), inOrder(store, ids));
}

/** Adds a page that is older than the list or a part of it. */
export function addPage(store: Store, conversationId: string, page: MessagePage): void {
  for (const message of page.data) keepMessage(store, message);
  const known = store.messageIds(conversationId) ?? [];
  const has = new Set(known);
  const added = page.data.map(({ id }) => id).filter((id) => !has.has(id));
  setIds(store, conversationId, [...added.reverse(), ...known]);
}

/**
 * Replaces the list with a newest page, but keeps messages that are newer than the page or pending.
 * Drops older pages: messages between them and this page, or changes of theirs, could be missing.
 */
export function replaceWithNewestPage(store: Store, conversationId: string, page: MessagePage): void {
  for (const message of page.data) refreshMessage(store, message);
  const ids = page.data.map(({ id }) => id).reverse();
  const loaded = new Set(ids);
  const head = page.head ?? page.data[0]?.seq ?? 0;
  const others = (store.messageIds(conversationId) ?? []).filter((id) => !loaded.has(id));
  const stays = (id: string) => {
    const message = store.message(id);
    return message !== undefined && (message.delivery !== undefined || message.seq > head);
  };
  setIds(store, conversationId, [...ids, ...others.filter(stays)]);
  for (const id of others.filter((other) => !stays(other))) store.drop(keys.message(id));
}

/** Adds a message of another user, or the user's own from another tab or after a lost acknowledgement. */
export function addMessage(store: Store, message: Message, me: string): void {
  const { conversation_id, client_msg_id } = message;
  const ids = store.messageIds(conversation_id);
  if (!ids) return;
  const pending = client_msg_id && message.sender_id === me ? pendingId(client_msg_id) : undefined;
  if (pending && ids.includes(pending)) return settle(store, pending, { ...UNANNOTATED, ...message });
  keepMessage(store, { ...UNANNOTATED, ...message });
  if (!ids.includes(message.id)) setIds(store, conversation_id, [...ids, message.id]);
}

/** Applies a change of a message, loaded or not. */
export function patchMessage(store: Store, conversationId: string, id: string, partial: Partial<CachedMessage>): void {
  const known = store.message(id);
  if (known) {
    if (changedAt(known) <= changedAt(partial)) store.set(keys.message(id), { ...known, ...partial });
    return;
  }
  // A page loaded later may predate this change.
  const { [id]: earlier = [], ...others } = store.get<Patches>(keys.patches(conversationId)) ?? {};
  const kept = Object.entries(others).slice(-(MAX_PATCHES - 1));
  const patches = [...earlier, partial].slice(-MAX_PATCHES_EACH);
  store.set<Patches>(keys.patches(conversationId), { ...Object.fromEntries(kept), [id]: patches });
}

/** Adds the user's own message before it is acknowledged. */
export function addPending(store: Store, place: DraftPlace, clientMsgId: string, me: Person, body: string): void {
  const message: CachedMessage = {
    id: pendingId(clientMsgId),
    conversation_id: place.conversationId,
    seq: 0,
    sender_id: me.user_id,
    sender_name: me.name,
    type: "text",
    body,
    metadata: null,
    parent_id: place.parentId ?? null,
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
  setIds(store, message.conversation_id, [...(store.messageIds(message.conversation_id) ?? []), message.id]);
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
  const ids = store.messageIds(message.conversation_id) ?? [];
  const replaced = ids.includes(message.id)
    ? ids.filter((id) => id !== pending)
    : ids.map((id) => (id === pending ? message.id : id));
  setIds(store, message.conversation_id, replaced);
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

export function removePending(store: Store, conversationId: string, clientMsgId: string): void {
  const id = pendingId(clientMsgId);
  const ids = store.messageIds(conversationId) ?? [];
  setIds(
    store,
    conversationId,
    ids.filter((known) => known !== id),
  );
  store.drop(keys.message(id));
}
