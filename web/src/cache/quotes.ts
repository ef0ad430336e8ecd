import type { Api, Attachment, Quote } from "../client";
import { keys } from "./keys";
import { lastPatch } from "./messages";
import type { Store } from "./store";
import type { CachedMessage } from "./types";

/** A quoted message; its files are known if it is loaded. */
export interface QuoteShown extends Quote {
  attachments?: Attachment[] | undefined;
}

/**
 * The message that a message quotes, as it is now: as it is loaded, else as an answer had it, with the changes since. `undefined` if it is
 * not known, because events carry its id only.
 */
export function quoteOf(store: Store, message: CachedMessage): QuoteShown | null | undefined {
  const { conversation_id, quote_id: id } = message;
  if (id == null || message.deleted_at) return null;
  const quoted = store.message(id);
  if (quoted) {
    const { sender_name, body, attachments = [] } = quoted;
    return { id, sender_name, body, ...(attachments.length > 0 && { attachments }) };
  }
  const known = store.get<Quote>(keys.quote(conversation_id, id)) ?? message.quote;
  if (!known) return undefined;
  const body = lastPatch(store, conversation_id, id)?.body;
  return body === undefined ? known : { ...known, body };
}

/** Fetches the quote of a message, which an event has brought without it. Also the query function of the quote's key. */
export async function loadQuote(api: Api, message: CachedMessage): Promise<Quote | null> {
  return (await api.message(message)).quote;
}
