import { type Api, type Message, mentionsOf, type Thread, type ThreadRead, type ThreadUpdated } from "../client";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import type { Store } from "./store";

/** Changes within this time cause one fetch. */
const RELOAD_AFTER_MS = 300;

/**
 * The threads that the user follows, newest reply first. Fetched when first shown; then the own channel reports markers, the sockets of
 * open conversations report replies, and notifications report those in other conversations. Of a conversation whose
 * notifications are off, replies are seen when the list is shown again.
 */
export class FollowedThreads {
  readonly #overlap = new FetchOverlap<ThreadRead | Message>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How far each thread was read in this tab. */
  readonly #read = new Map<string, number>();

  constructor(
    readonly api: Api,
    readonly store: Store,
    readonly me: string,
  ) {}

  /** Also the query function of their key. */
  async load(): Promise<Thread[]> {
    const { answer, missed } = await this.#overlap.during(this.api.allThreads());
    this.store.set(keys.threads, answer);
    for (const news of missed) {
      if ("event" in news) this.apply(news);
      else this.replied(news);
    }
    return this.#list() ?? answer;
  }

  apply(event: ThreadRead): void {
    this.#overlap.record(event);
    const { id, partial } = event;
    const thread = this.#find(id);
    if (!partial.following) return this.#remove(id);
    if (thread && thread.last_read_seq >= partial.last_read_seq) return;
    this.refreshSoon();
  }

  /** A reply was sent. Who writes in a thread follows it, and has read it up to there. */
  replied(reply: Message): void {
    const { thread_id: id, seq, created_at } = reply;
    if (id == null) return;
    this.#overlap.record(reply);
    if (!this.#list()) return;
    const thread = this.#find(id);
    const isMine = reply.sender_id === this.me;
    if (!thread) {
      const follows = isMine || this.store.message(id)?.sender_id === this.me || mentionsOf(reply, this.me) > 0;
      if (follows) this.refreshSoon();
    } else if (isMine) {
      this.#put({ ...thread, last_read_seq: seq, unread_count: 0, mention_count: 0, last_reply_at: created_at });
    } else if (seq > thread.last_read_seq && created_at > (thread.last_reply_at ?? "")) {
      this.#put({
        ...thread,
        unread_count: thread.unread_count + 1,
        mention_count: thread.mention_count + mentionsOf(reply, this.me),
        last_reply_at: created_at,
      });
    }
  }

  /** The number of replies changed. */
  counted({ id, partial }: ThreadUpdated): void {
    const thread = this.#find(id);
    if (!thread) return;
    const { reply_count, last_reply_at } = partial;
    // Whether a deleted reply was unread is not known here.
    if (reply_count < thread.reply_count) this.refreshSoon();
    this.#put({ ...thread, reply_count, last_reply_at });
  }

  /** The user has seen the replies up to `seq`. */
  async read(id: string, seq: number): Promise<void> {
    if ((this.#read.get(id) ?? 0) >= seq) return;
    this.#read.set(id, seq);
    const thread = this.#find(id);
    if (thread && thread.last_read_seq >= seq) return;
    if (thread) this.#put({ ...thread, last_read_seq: seq, unread_count: 0, mention_count: 0 });
    try {
      await this.api.readReplies(id, seq);
    } catch {
      // The next reply that is shown moves the marker.
      this.#read.delete(id);
    }
  }

  /** Follows a thread, or stops following it. */
  async follow(id: string, on: boolean): Promise<void> {
    await this.api.follow(id, on);
    if (on) await this.load();
    else this.#remove(id);
  }

  /** Fetches the list again if it is loaded. */
  refreshSoon(): void {
    if (!this.#list()) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.load().catch(() => {
        // It is fetched the next time the list is shown.
      });
    }, RELOAD_AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #list(): Thread[] | undefined {
    return this.store.get(keys.threads);
  }

  #find(id: string): Thread | undefined {
    return this.#list()?.find((thread) => thread.id === id);
  }

  #put(thread: Thread): void {
    const others = this.#list()?.filter(({ id }) => id !== thread.id) ?? [];
    const at = ({ last_reply_at }: Thread) => last_reply_at ?? "";
    const sorted = [...others, thread].sort((a, b) => (at(a) < at(b) ? 1 : at(a) > at(b) ? -1 : a.id < b.id ? 1 : -1));
    this.store.set(keys.threads, sorted);
  }

  #remove(id: string): void {
    const list = this.#list();
    if (list?.some((thread) => thread.id === id)) {
      this.store.set(
        keys.threads,
        list.filter((thread) => thread.id !== id),
      );
    }
  }
}
