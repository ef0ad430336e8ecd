import type { Api, ConversationSocket } from "../client";
import { type AnnotationEvent, applyAnnotation } from "./annotations";
import { catchUpWithPage, recountUnread } from "./conversations";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import { addPage, replaceWithNewestPage } from "./messages";
import type { Store } from "./store";
import type { History } from "./types";

const PAGE = 50;
/** How far back a message is looked for, pages. */
const MAX_PAGES_BACK = 60;

/** Loads the messages of conversations: the newest page, and older ones as the user scrolls. */
export class Histories {
  readonly #annotations = new FetchOverlap<AnnotationEvent>();

  constructor(
    readonly api: Api,
    readonly store: Store,
    readonly me: string,
    readonly socketOf: (conversationId: string) => Pick<ConversationSocket, "position" | "startFrom">,
    /** The list was replaced: events about what is loaded of the conversation besides may be missing. */
    readonly onReplaced: (conversationId: string) => void = () => {},
  ) {}

  /** The newest page's ids. Also the query function of its key. */
  async loadNewest(id: string): Promise<string[]> {
    const page = await this.api.messages(id, { limit: PAGE });
    const socket = this.socketOf(id);
    const { epoch, head } = page;
    const known = socket.position;
    if (known && known.epoch === epoch && known.seq >= (head ?? 0)) {
      // The list is complete up to this position; the page is not newer.
      addPage(this.store, keys.messages(id), page);
    } else {
      this.#set(id, { olderCursor: page.next_cursor, loading: false, failed: false });
      // Older pages and other answers are at least as new as this one.
      this.store.drop(keys.patches(id));
      replaceWithNewestPage(this.store, keys.messages(id), page);
      this.onReplaced(id);
      catchUpWithPage(this.store, id, page, this.me);
      if (epoch !== undefined && head !== undefined) socket.startFrom({ epoch, seq: head });
    }
    // Buffered events may have changed the list.
    return this.store.messageIds(id) ?? [];
  }

  async loadOlder(id: string): Promise<void> {
    const history = this.#history(id);
    if (!history?.olderCursor || history.loading) return;
    const before = history.olderCursor;
    this.#set(id, { ...history, loading: true, failed: false });
    try {
      const fetched = this.api.messages(id, { limit: PAGE, before });
      const { answer: page, missed } = await this.#annotations.during(fetched);
      // A reload replaced the list during the fetch: this page no longer fits.
      if (this.#history(id)?.olderCursor !== before) return;
      addPage(this.store, keys.messages(id), page);
      for (const event of missed) applyAnnotation(this.store, event, this.me);
      this.#set(id, { olderCursor: page.next_cursor, loading: false, failed: false });
      recountUnread(this.store, id, this.me);
    } catch {
      this.#set(id, { ...history, loading: false, failed: true });
    }
  }

  /** Loads older pages until a message is in the list. Returns false if it is not found. */
  async loadBackTo(id: string, messageId: string): Promise<boolean> {
    const isLoaded = () => this.store.messageIds(id)?.includes(messageId) ?? false;
    for (let page = 0; page < MAX_PAGES_BACK && !isLoaded(); page += 1) {
      const history = this.#history(id);
      if (!history?.olderCursor || history.failed) return false;
      if (history.loading) await this.#loaded(id);
      else await this.loadOlder(id);
    }
    return isLoaded();
  }

  /** An event that a page which is being fetched may lack. */
  apply(event: AnnotationEvent): void {
    this.#annotations.record(event);
    applyAnnotation(this.store, event, this.me);
  }

  /** Resolves when the page that is being fetched has arrived or failed. */
  #loaded(id: string): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.store.queries.getQueryCache().subscribe(() => {
        if (this.#history(id)?.loading) return;
        stop();
        resolve();
      });
    });
  }

  #history(id: string): History | undefined {
    return this.store.get(keys.history(id));
  }

  #set(id: string, history: History): void {
    this.store.set(keys.history(id), history);
  }
}
