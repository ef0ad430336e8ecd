import type { Api, Durable, MessageCreated, MessageView } from "../client";
import { type AnnotationEvent, applyAnnotation, isAnnotation } from "./annotations";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import { addMessage, addPage, dropReplies, refreshMessage, replaceWithNewestPage } from "./messages";
import type { Store } from "./store";
import type { History } from "./types";

const PAGE = 50;
/** How far back a reply is looked for, pages. */
const MAX_PAGES_BACK = 20;
/** Threads of a conversation that are loaded again after a reset; others are dropped. */
const MAX_RELOADED = 4;

/** Replies of threads. Loaded when a thread is first shown, then kept live by the socket of its conversation. */
export class Replies {
  readonly #overlap = new FetchOverlap<AnnotationEvent | MessageCreated>();
  /** Conversations of the loaded threads; the thread that was opened last is last. */
  readonly #loaded = new Map<string, string>();

  constructor(
    readonly api: Api,
    readonly store: Store,
    readonly me: string,
  ) {}

  /**
   * The newest replies' ids. Also the query function of their key. Call it after the conversation's messages are loaded: they set the
   * position of the events that follow.
   */
  async load(conversationId: string, threadId: string): Promise<string[]> {
    const fetched = Promise.all([
      this.api.replies(threadId, { limit: PAGE }),
      this.#fetchFirst(conversationId, threadId),
    ]);
    const { answer, missed } = await this.#overlap.during(fetched);
    const [page, first] = answer;
    if (first) refreshMessage(this.store, first);
    replaceWithNewestPage(this.store, keys.replies(threadId), page);
    this.#loaded.delete(threadId);
    this.#loaded.set(threadId, conversationId);
    this.#repeat(missed);
    this.#set(threadId, { olderCursor: page.next_cursor, loading: false, failed: false });
    return this.store.get<string[]>(keys.replies(threadId)) ?? [];
  }

  async loadOlder(threadId: string): Promise<void> {
    const history = this.store.get<History>(keys.repliesHistory(threadId));
    if (!history?.olderCursor || history.loading) return;
    const before = history.olderCursor;
    this.#set(threadId, { ...history, loading: true, failed: false });
    try {
      const fetched = this.api.replies(threadId, { limit: PAGE, before });
      const { answer: page, missed } = await this.#overlap.during(fetched);
      // A reload replaced the list during the fetch: this page no longer fits.
      if (this.store.get<History>(keys.repliesHistory(threadId))?.olderCursor !== before) return;
      addPage(this.store, keys.replies(threadId), page);
      this.#repeat(missed);
      this.#set(threadId, { olderCursor: page.next_cursor, loading: false, failed: false });
    } catch {
      this.#set(threadId, { ...history, loading: false, failed: true });
    }
  }

  /** Loads older replies until one is in the list. Returns false if it is not found. */
  async loadBackTo(threadId: string, messageId: string): Promise<boolean> {
    const isLoaded = () => this.store.get<string[]>(keys.replies(threadId))?.includes(messageId) ?? false;
    for (let page = 0; page < MAX_PAGES_BACK && !isLoaded(); page += 1) {
      const history = this.store.get<History>(keys.repliesHistory(threadId));
      if (!history?.olderCursor || history.failed || history.loading) break;
      await this.loadOlder(threadId);
    }
    return isLoaded() || messageId === threadId;
  }

  /** An event that a page which is being fetched may lack. */
  record(event: Durable): void {
    if (isAnnotation(event) || event.event === "message.created") this.#overlap.record(event);
  }

  /** Events of a conversation may be missing: loads the threads again that were opened last, and drops the others. */
  refresh(conversationId: string): void {
    const threads = [...this.#loaded].filter(([, place]) => place === conversationId).map(([id]) => id);
    for (const id of threads.slice(0, -MAX_RELOADED)) this.#drop(id);
    for (const id of threads.slice(-MAX_RELOADED)) this.load(conversationId, id).catch(() => this.#drop(id));
  }

  /** The first message, if the conversation's list does not have it. */
  async #fetchFirst(conversationId: string, threadId: string): Promise<MessageView | undefined> {
    if (this.store.messageIds(conversationId)?.includes(threadId)) return undefined;
    return this.api.message({ id: threadId, conversation_id: conversationId });
  }

  #repeat(events: (AnnotationEvent | MessageCreated)[]): void {
    for (const event of events) {
      if (event.event === "message.created") addMessage(this.store, event.partial, this.me);
      else applyAnnotation(this.store, event, this.me);
    }
  }

  #drop(threadId: string): void {
    this.#loaded.delete(threadId);
    dropReplies(this.store, threadId);
    this.store.drop(keys.repliesHistory(threadId));
  }

  #set(threadId: string, history: History): void {
    this.store.set(keys.repliesHistory(threadId), history);
  }
}
