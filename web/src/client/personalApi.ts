import type { Api } from "./api";
import type {
  Block,
  Draft,
  DraftPage,
  Page,
  Preferences,
  SavedMessage,
  ScheduledMessage,
  ScheduledStatus,
} from "./protocol";

/** Where a draft is written: a conversation, or a thread of it by its first message. */
export interface DraftPlace {
  conversationId: string;
  parentId?: string | undefined;
}

/** A message to send later. */
export interface ScheduleDraft extends DraftPlace {
  /** Makes a repeated request safe. */
  clientMsgId: string;
  body: string;
  /** RFC 3339. */
  sendAt: string;
  quoteId?: string | undefined;
  alsoInChannel?: boolean | undefined;
}

/** Maximum pages to fetch of a list. */
const MAX_PAGES = 10;

/**
 * HTTP API of what only the user sees: preferences, drafts, saved and scheduled messages, and blocks. Every method throws a `Problem` when the
 * server refuses. The user's own channel reports changes to their other connections, not to this one.
 */
export class PersonalApi {
  constructor(readonly api: Api) {}

  /** Absent fields stay. */
  changePreferences(conversationId: string, change: Partial<Preferences>): Promise<Preferences> {
    const body = { ...change, origin_client_id: this.api.clientId };
    return this.api.json(`${conversationPath(conversationId)}/preferences`, { method: "PATCH", body });
  }

  draft({ conversationId, parentId }: DraftPlace): Promise<Draft> {
    return this.api.json(`${conversationPath(conversationId)}/draft`, { query: { parent_id: parentId } });
  }

  /** Every draft with a text, newest first. */
  drafts(): Promise<Draft[]> {
    return this.#all((cursor) => this.api.json<DraftPage>("/api/me/drafts", { query: { limit: 100, cursor } }));
  }

  /** Saves the state `rev`, also if the page closes. An empty text clears. 409 if the place has this state or a newer one. */
  saveDraft({ conversationId, parentId }: DraftPlace, text: string, rev: number): Promise<Draft> {
    const body = { body: text, parent_id: parentId, rev, origin_client_id: this.api.clientId };
    return this.api.json(`${conversationPath(conversationId)}/draft`, { method: "PUT", body, keepalive: true });
  }

  /** Clears the states up to `rev`, and refuses those of them that arrive later. */
  clearDraft({ conversationId, parentId }: DraftPlace, rev: number): Promise<unknown> {
    const query = { parent_id: parentId, rev, origin_client_id: this.api.clientId };
    return this.api.json(`${conversationPath(conversationId)}/draft`, { method: "DELETE", query, keepalive: true });
  }

  /** Last saved first. */
  saved(cursor?: string): Promise<Page<SavedMessage>> {
    return this.api.json("/api/me/saved", { query: { limit: 100, cursor } });
  }

  /** Every saved message, up to a thousand. */
  allSaved(): Promise<SavedMessage[]> {
    return this.#all((cursor) => this.saved(cursor));
  }

  save(messageId: string): Promise<SavedMessage> {
    return this.api.json(savedPath(messageId), { method: "PUT" });
  }

  unsave(messageId: string): Promise<unknown> {
    return this.api.json(savedPath(messageId), { method: "DELETE" });
  }

  /** 409 if the user has a hundred pending messages already; 422 if `sendAt` is past, or more than a year ahead. */
  schedule(draft: ScheduleDraft): Promise<ScheduledMessage> {
    const { conversationId, parentId, clientMsgId, body, sendAt, quoteId, alsoInChannel } = draft;
    return this.api.json(`${conversationPath(conversationId)}/scheduled`, {
      method: "POST",
      body: {
        client_msg_id: clientMsgId,
        body,
        send_at: sendAt,
        ...(parentId && { parent_id: parentId }),
        ...(parentId && alsoInChannel && { also_in_channel: true }),
        ...(quoteId && { quote_id: quoteId }),
      },
    });
  }

  /** The user's scheduled messages with this status, earliest time first. */
  scheduled(status: ScheduledStatus): Promise<ScheduledMessage[]> {
    const fetch = (cursor: string | undefined) =>
      this.api.json<Page<ScheduledMessage>>("/api/me/scheduled", { query: { status, limit: 100, cursor } });
    return this.#all(fetch);
  }

  /** Cancels a pending message, and removes one that failed. 409 if it was sent. */
  cancelScheduled(id: string): Promise<unknown> {
    return this.api.json(`/api/me/scheduled/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  blocks(): Promise<Block[]> {
    return this.#all((cursor) => this.api.json<Page<Block>>("/api/me/blocks", { query: { limit: 100, cursor } }));
  }

  block(userId: string): Promise<Block> {
    return this.api.json(blockPath(userId), { method: "PUT" });
  }

  unblock(userId: string): Promise<unknown> {
    return this.api.json(blockPath(userId), { method: "DELETE" });
  }

  async #all<T>(fetch: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
    const found: T[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { data, next_cursor } = await fetch(cursor);
      found.push(...data);
      if (!next_cursor) break;
      cursor = next_cursor;
    }
    return found;
  }
}

function conversationPath(id: string): string {
  return `/api/chat/conversations/${encodeURIComponent(id)}`;
}

function savedPath(messageId: string): string {
  return `/api/me/saved/${encodeURIComponent(messageId)}`;
}

function blockPath(userId: string): string {
  return `/api/me/blocks/${encodeURIComponent(userId)}`;
}
