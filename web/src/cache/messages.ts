import type { Message, MessagePage, Person } from "../client";
import { keys } from "./keys";
import type { Store } from "./store";
import { type CachedMessage, pendingId } from "./types";

/** Changes of messages that are not loaded, kept at most. The oldest are forgotten first. */
const MAX_PATCHES = 500;
const MAX_PATCHES_EACH = 10;

/** By message, in their order: a page can have seen some of them and not the others. */
type Patches = Record<string, Partial<Message>[]>;

/** When anything about it last changed; the texts compare like the times. */
function changedAt(message: Partial<Message>): string {
  return message.updated_at ?? "";
}

/** Of two states of one message, the newer. */
function newer(a: CachedMessage | undefined, b: Message): CachedMessage {
  return a && changedAt(a) >= changedAt(b) ? a : b;
}

/** Keeps a message as it comes from the server, unless what is known of it is newer. */
function keepMessage(store: Store, message: Message): void {
  const patches = store.get<Patches>(keys.patches(message.conversation_id))?.[message.id] ?? [];
  let patched = message;
  for (const patch of patches) {
    if (changedAt(patch) > changedAt(patched)) patched = { ...patched, ...patch };
  }
  store.set(keys.message(message.id), newer(store.message(message.id), patched));
}

/** By position; what is still pending comes last, in the order in which it was written. */
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

/** A page that belongs to the list, older than it or a part of it. */
export function addPage(store: Store, conversationId: string, page: MessagePage): void {
  for (const message of page.data) keepMessage(store, message);
  const known = store.messageIds(conversationId) ?? [];
  const has = new Set(known);
  const added = page.data.map(({ id }) => id).filter((id) => !has.has(id));
  setIds(store, conversationId, [...added.reverse(), ...known]);
}

/**
 * A freshly loaded newest page takes the place of the list, but for what is newer than the page and what is pending.
 * Older pages are let go: between them and this one something could be missing, and of their messages a change.
 */
export function replaceWithNewestPage(store: Store, conversationId: string, page: MessagePage): void {
  for (const message of page.data) keepMessage(store, message);
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

/** Somebody's message, or one's own from another tab or after its acknowledgement was lost. */
export function addMessage(store: Store, message: Message, me: string): void {
  const { conversation_id, client_msg_id } = message;
  const ids = store.messageIds(conversation_id);
  if (!ids) return;
  const pending = client_msg_id && message.sender_id === me ? pendingId(client_msg_id) : undefined;
  if (pending && ids.includes(pending)) return settle(store, pending, message);
  keepMessage(store, message);
  if (!ids.includes(message.id)) setIds(store, conversation_id, [...ids, message.id]);
}

/** A change of a message, loaded or not. */
export function patchMessage(store: Store, conversationId: string, id: string, partial: Partial<Message>): void {
  const known = store.message(id);
  if (known) {
    if (changedAt(known) <= changedAt(partial)) store.set(keys.message(id), { ...known, ...partial });
    return;
  }
  // A page that is loaded later may come from before this change.
  const { [id]: earlier = [], ...others } = store.get<Patches>(keys.patches(conversationId)) ?? {};
  const kept = Object.entries(others).slice(-(MAX_PATCHES - 1));
  const patches = [...earlier, partial].slice(-MAX_PATCHES_EACH);
  store.set<Patches>(keys.patches(conversationId), { ...Object.fromEntries(kept), [id]: patches });
}

/** One's own message, before the server knows of it. */
export function addPending(store: Store, conversationId: string, clientMsgId: string, me: Person, body: string): void {
  const message: CachedMessage = {
    id: pendingId(clientMsgId),
    conversation_id: conversationId,
    seq: 0,
    sender_id: me.user_id,
    sender_name: me.name,
    type: "text",
    body,
    metadata: null,
    parent_id: null,
    client_msg_id: clientMsgId,
    created_at: new Date().toISOString(),
    edited_at: null,
    deleted_at: null,
    updated_at: null,
    delivery: "pending",
  };
  store.set(keys.message(message.id), message);
  setIds(store, message.conversation_id, [...(store.messageIds(message.conversation_id) ?? []), message.id]);
}

/** One's own message has become durable. The row keeps its place and its key; only its id changes. */
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

/** The detail first, then the list, then the old detail: whoever looks in between finds a message. */
function settle(store: Store, pending: string, message: Message): void {
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
