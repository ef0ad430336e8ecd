import type { Notification, NotificationApi, NotificationCreated, NotificationRead, Page } from "../client";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import type { Store } from "./store";
import type { NotificationList } from "./types";

/** Changes within this time cause one fetch of the count. */
const RECOUNT_AFTER_MS = 300;
/** Most pages that are fetched again at once. */
const MAX_PAGES = 10;
/** The server counts no further. */
const MAX_COUNT = 1_000;

export type NotificationFilter = "all" | "unread";

/** Which notifications are over: the user has read them, or what they tell is gone. */
export type NotificationsOver = Pick<NotificationRead, "partial" | "conversation_id">;

const FILTERS: NotificationFilter[] = ["all", "unread"];

type News = NotificationCreated | NotificationRead;

/**
 * The user's notifications, newest first: pages of all and of the unread ones, and the number of unread ones. Fetched when first
 * shown, then kept live by their own channel. The count follows events where it is certain, and is fetched otherwise: an event can be
 * about notifications that are not loaded.
 */
export class Notifications {
  readonly #overlap = new FetchOverlap<News>();
  readonly #countOverlap = new FetchOverlap<News>();
  readonly #listeners = new Set<(over: NotificationsOver) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly api: NotificationApi,
    readonly store: Store,
  ) {}

  /** The newest page, or as many as are loaded. Also the query function of its key. */
  async load(filter: NotificationFilter): Promise<NotificationList> {
    const { answer, missed } = await this.#overlap.during(this.#newest(filter));
    const { isLoading = false } = this.#list(filter) ?? {};
    const list = { ids: this.#keepAll(answer.data), older: answer.next_cursor, isLoading, hasFailed: false };
    this.store.set<NotificationList>(keys.notifications(filter), list);
    for (const event of missed) this.#apply(event);
    return this.#list(filter) ?? list;
  }

  /** Adds the next page of older ones. */
  async loadOlder(filter: NotificationFilter): Promise<void> {
    const list = this.#list(filter);
    if (!list?.older || list.isLoading) return;
    const patch = (change: Partial<NotificationList>) => {
      const known = this.#list(filter);
      // A newest page has replaced the list.
      if (known?.older === list.older)
        this.store.set<NotificationList>(keys.notifications(filter), { ...known, ...change });
    };
    patch({ isLoading: true, hasFailed: false });
    try {
      const request = this.api.list({ isUnread: filter === "unread", cursor: list.older });
      const { answer, missed } = await this.#overlap.during(request);
      const ids = [...(this.#list(filter)?.ids ?? []), ...this.#keepAll(answer.data)];
      patch({ ids: [...new Set(ids)], older: answer.next_cursor, isLoading: false });
      for (const event of missed) this.#apply(event);
    } catch {
      patch({ isLoading: false, hasFailed: true });
    }
  }

  /** The number of unread ones. Also the query function of its key. */
  async count(): Promise<number> {
    const { answer, missed } = await this.#countOverlap.during(this.api.count());
    this.store.set(keys.notificationCount, answer);
    if (missed.length > 0) this.#recountSoon();
    return answer;
  }

  apply(event: News): void {
    this.#overlap.record(event);
    this.#countOverlap.record(event);
    const isCertain = this.#apply(event);
    if (event.event === "notification.read") for (const each of this.#listeners) each(event);
    if (!isCertain) this.#recountSoon();
  }

  /** Calls a listener for each event and act by which notifications are over. Returns the function that ends it. */
  onOver(listener: (over: NotificationsOver) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Marks one as read: immediately here, and as it was if the server refuses. */
  async read(id: string): Promise<void> {
    const known = this.#get(id);
    if (known?.read_at != null) return;
    const over: NotificationsOver = { partial: { ids: [id], read_at: new Date().toISOString() } };
    this.#over(over);
    try {
      await this.api.read(id);
      for (const each of this.#listeners) each(over);
    } catch (error) {
      const shown = this.#get(id);
      if (known && shown) this.#keep({ ...shown, read_at: known.read_at });
      this.#recountSoon();
      throw error;
    }
  }

  /** Marks the newest known one and all older ones as read. */
  async readAll(): Promise<void> {
    const newest = FILTERS.flatMap((filter) => this.#list(filter)?.ids[0] ?? [])
      .sort()
      .at(-1);
    if (newest === undefined) return;
    const before = this.store.get<number>(keys.notificationCount);
    const unread = this.#known().filter(({ id, read_at }) => read_at === null && id <= newest);
    const over: NotificationsOver = { partial: { up_to: newest, read_at: new Date().toISOString() } };
    this.#over(over);
    this.store.set(keys.notificationCount, 0);
    try {
      await this.api.readUpTo(newest);
      for (const each of this.#listeners) each(over);
      this.#recountSoon();
    } catch (error) {
      for (const each of unread) this.#keep(each);
      if (before !== undefined) this.store.set(keys.notificationCount, before);
      throw error;
    }
  }

  /** A notification by its id: a loaded one, else from the newest page. */
  async find(id: string): Promise<Notification | undefined> {
    if (!this.#get(id)) await this.load("all");
    return this.#get(id);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #newest(filter: NotificationFilter): Promise<Page<Notification>> {
    const data: Notification[] = [];
    let cursor: string | null | undefined;
    for (let page = 0; page < MAX_PAGES && cursor !== null; page += 1) {
      const answer = await this.api.list({ isUnread: filter === "unread", cursor });
      data.push(...answer.data);
      cursor = answer.next_cursor;
      // The user may load older ones at the same time.
      if (data.length >= (this.#list(filter)?.ids.length ?? 0)) break;
    }
    return { data, next_cursor: cursor ?? null };
  }

  /** Returns whether the count is certain. */
  #apply(event: News): boolean {
    return event.event === "notification.created" ? this.#created(event.partial) : this.#over(event);
  }

  #created(notification: Notification): boolean {
    const known = this.#get(notification.id);
    const isNew = known === undefined && notification.created_at === notification.updated_at;
    const isUnread = notification.read_at === null;
    if (known && known.updated_at > notification.updated_at) return true;
    this.#keep(notification);
    this.#show("all", notification.id);
    if (known) return this.#add(Number(isUnread) - Number(known.read_at === null));
    return isNew && this.#add(Number(isUnread));
  }

  #over({ partial, conversation_id }: NotificationsOver): boolean {
    const { ids, up_to, up_to_seq, read_at = new Date().toISOString(), withdrawn = false } = partial;
    const isMeant = ({ id, conversation_id: about, message }: Notification) =>
      ids?.includes(id) ||
      (up_to !== undefined && id <= up_to) ||
      (up_to_seq !== undefined && about === conversation_id && message !== null && message.seq <= up_to_seq);
    const known = this.#known().filter(isMeant);
    const unread = known.filter((each) => each.read_at === null);
    const rest = this.#list("unread");
    // No older one is unread, loaded or not.
    if (up_to !== undefined && rest && (rest.ids.at(-1) ?? "") <= up_to) {
      this.store.set<NotificationList>(keys.notifications("unread"), { ...rest, older: null });
    }
    for (const each of withdrawn ? known : unread) {
      if (withdrawn) this.#withdraw(each.id);
      else this.#keep({ ...each, read_at });
    }
    return this.#add(-unread.length) && ids !== undefined && ids.length === known.length;
  }

  #withdraw(id: string): void {
    for (const filter of FILTERS) this.#hide(filter, id);
    this.store.drop(keys.notification(id));
  }

  /** Changes the count. Returns whether it is certain afterwards: not if the server has stopped counting. */
  #add(change: number): boolean {
    const count = this.store.get<number>(keys.notificationCount);
    if (count === undefined) return true;
    this.store.set(keys.notificationCount, Math.min(MAX_COUNT, Math.max(0, count + change)));
    return count < MAX_COUNT && count + change >= 0;
  }

  #recountSoon(): void {
    if (this.store.get(keys.notificationCount) === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.count().catch(() => {
        // The connection is lost too, and the next welcome fetches it.
      });
    }, RECOUNT_AFTER_MS);
  }

  /** Stores notifications of an answer, unless they are cached in a newer state. Returns their ids. */
  #keepAll(notifications: Notification[]): string[] {
    for (const each of notifications) {
      const known = this.#get(each.id);
      if (!known || known.updated_at <= each.updated_at) this.#keep(each);
    }
    return notifications.map(({ id }) => id);
  }

  #keep(notification: Notification): void {
    const { id, read_at } = notification;
    this.store.set(keys.notification(id), notification);
    if (read_at === null) this.#show("unread", id);
    else this.#hide("unread", id);
  }

  #show(filter: NotificationFilter, id: string): void {
    const list = this.#list(filter);
    if (!list || list.ids.includes(id)) return;
    // One that is older than what is loaded comes with its page.
    const isOlder = list.older !== null && id < (list.ids.at(-1) ?? "");
    if (!isOlder) this.#setIds(filter, [...list.ids, id]);
  }

  #hide(filter: NotificationFilter, id: string): void {
    const list = this.#list(filter);
    if (!list?.ids.includes(id)) return;
    const ids = list.ids.filter((known) => known !== id);
    this.#setIds(filter, ids);
  }

  #setIds(filter: NotificationFilter, ids: string[]): void {
    const list = this.#list(filter);
    // Ids sort by time.
    const sorted = [...ids].sort((a, b) => (a < b ? 1 : -1));
    if (list) this.store.set<NotificationList>(keys.notifications(filter), { ...list, ids: sorted });
  }

  #get(id: string): Notification | undefined {
    return this.store.get(keys.notification(id));
  }

  #list(filter: NotificationFilter): NotificationList | undefined {
    return this.store.get(keys.notifications(filter));
  }

  #known(): Notification[] {
    const entries = this.store.queries.getQueriesData<Notification>({ queryKey: keys.notificationDetails });
    return entries.flatMap(([, notification]) => notification ?? []);
  }
}
