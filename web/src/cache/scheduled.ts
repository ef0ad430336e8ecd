import type { PersonalApi, ScheduleDraft, ScheduledFailed, ScheduledMessage, ScheduledSent } from "../client";
import type { Drafts } from "./drafts";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import { answered } from "./ownMessages";
import type { Store } from "./store";

type Ended = ScheduledSent | ScheduledFailed;

/**
 * The messages that the user has scheduled and that wait, and those that could not be sent; earliest time first. Fetched when first
 * shown; the own channel reports how they end. No event reports one that was scheduled or cancelled on another device, so the list is
 * fetched whenever it is shown.
 */
export class Scheduled {
  readonly #overlap = new FetchOverlap<Ended>();

  constructor(
    readonly api: PersonalApi,
    readonly store: Store,
    readonly drafts: Drafts,
  ) {}

  /** Also the query function of their key. */
  async load(): Promise<ScheduledMessage[]> {
    const both = Promise.all([this.api.scheduled("pending"), this.api.scheduled("failed")]);
    const { answer, missed } = await this.#overlap.during(both);
    this.#set(answer.flat());
    for (const event of missed) this.apply(event);
    return this.#list() ?? answer.flat();
  }

  apply(event: Ended): void {
    this.#overlap.record(event);
    const { scheduled_id: id } = event.partial;
    const known = this.#list()?.find((message) => message.id === id);
    if (event.event === "scheduled.sent") return this.#remove(id);
    if (known) this.#put({ ...known, status: "failed", problem: event.partial.problem, ended_at: event.at });
    // It was scheduled on another device, and the event does not carry its text.
    else if (this.#list()) this.load().catch(() => {});
  }

  /**
   * Schedules a message for `at`; `parentId` is the first message of the thread that it belongs to. Its draft is cleared once the server
   * has it.
   */
  async send(
    { parentId, ...content }: Omit<ScheduleDraft, "sendAt" | "parentId"> & { parentId: string | undefined },
    at: Date,
  ): Promise<ScheduledMessage> {
    const { conversationId, clientMsgId, body } = content;
    const answers = parentId && (answered(this.store, parentId) ?? parentId);
    const draft = { ...content, parentId: answers, body: body.trim(), sendAt: at.toISOString() };
    const message = await this.api.schedule(draft);
    if (message.status === "pending" && this.#list()) this.#put(message);
    this.drafts.sent({ conversationId, parentId }, clientMsgId);
    this.drafts.settled(clientMsgId);
    return message;
  }

  /** Cancels one that waits, and removes one that failed. */
  async cancel(id: string): Promise<void> {
    await this.api.cancelScheduled(id);
    this.#remove(id);
  }

  #list(): ScheduledMessage[] | undefined {
    return this.store.get(keys.scheduled);
  }

  #put(message: ScheduledMessage): void {
    const others = this.#list()?.filter(({ id }) => id !== message.id) ?? [];
    this.#set([...others, message]);
  }

  #remove(id: string): void {
    const list = this.#list();
    if (list?.some((message) => message.id === id)) this.#set(list.filter((message) => message.id !== id));
  }

  #set(list: ScheduledMessage[]): void {
    const sorted = [...list].sort((a, b) =>
      a.send_at === b.send_at ? (a.id < b.id ? -1 : 1) : a.send_at < b.send_at ? -1 : 1,
    );
    this.store.set(keys.scheduled, sorted);
  }
}
