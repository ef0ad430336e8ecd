import { Problem } from "./problem";
import { MAX_FRAME_BYTES, type SendFrame } from "./protocol";

/** A message to send, the same over HTTP and over sockets. */
export type Outgoing = Omit<SendFrame, "type">;

export interface OutboxOptions {
  /** Sends a message on the connection. Returns false if there is none; the owner calls `flush` when there is. */
  transmit(message: Outgoing): boolean;
  /** Refused permanently. The message stays until `retry` or `discard`. */
  onRefused(clientMsgId: string, problem: Problem): void;
  /** Refused for some time: it is sent again by itself after `retryAfterMs`. */
  onDelayed(problem: Problem): void;
  /** No answer by the deadline: the connection is probably dead. */
  onUnanswered(): void;
}

const ANSWER_WITHIN_MS = 10_000;
/** A longer wait of slow mode is not worth an automatic retry: the user decides. */
const SLOW_MODE_AT_MOST_MS = 60_000;
/** Maximum attempts after temporary failures. A 429 does not count as an attempt, because waiting always resolves it. */
const MAX_TRIES = 6;

interface Entry {
  message: Outgoing;
  state: "waiting" | "in-flight" | "failed";
  tries: number;
}

/**
 * Outbox of messages that are not acknowledged yet. They survive reconnects and are sent again with the same
 * `client_msg_id`, so the server answers a repeat with the original. One message is in flight at a time, so they
 * arrive in the order in which they were written.
 */
export class Outbox {
  readonly #entries = new Map<string, Entry>();
  #inFlight: Entry | undefined;
  #answerTimer: ReturnType<typeof setTimeout> | undefined;
  #pauseTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly options: OutboxOptions) {}

  /** Whether a message awaits sending or its answer. Refused messages do not count. */
  get isBusy(): boolean {
    return this.#next() !== undefined || this.#inFlight !== undefined;
  }

  add(message: Outgoing): void {
    if (this.#entries.has(message.client_msg_id)) return;
    const entry: Entry = { message, state: "waiting", tries: 0 };
    this.#entries.set(message.client_msg_id, entry);
    // An oversized frame would make the server close the socket.
    if (frameBytes(message) > MAX_FRAME_BYTES) this.#fail(entry, Problem.tooLarge());
    else this.flush();
  }

  /** Sends the next message, if there is a connection. */
  flush(): void {
    if (this.#pauseTimer !== undefined || this.#inFlight) return;
    const entry = this.#next();
    if (!entry || !this.options.transmit(entry.message)) return;
    entry.state = "in-flight";
    this.#inFlight = entry;
    this.#answerTimer = setTimeout(() => this.options.onUnanswered(), ANSWER_WITHIN_MS);
  }

  /** The message is durable. Returns true if it was still in the outbox. */
  acknowledged(clientMsgId: string): boolean {
    const entry = this.#entries.get(clientMsgId);
    if (!entry) return false;
    this.#entries.delete(clientMsgId);
    if (entry === this.#inFlight) this.#answered();
    this.flush();
    return true;
  }

  /** An attempt failed: schedules a retry if the problem is temporary, else reports the refusal. */
  refused(clientMsgId: string, problem: Problem): void {
    const entry = this.#inFlight;
    if (!entry || entry.message.client_msg_id !== clientMsgId) return;
    this.#answered();
    const isTooFast = problem.status === 429 && !isLongWait(problem);
    if (!isTooFast) entry.tries += 1;
    if (isTooFast || (problem.isTemporary && entry.tries < MAX_TRIES && !isLongWait(problem))) {
      entry.state = "waiting";
      this.#pause(problem.retryAfterMs ?? 500 * 2 ** entry.tries);
      if (isTooFast) this.options.onDelayed(problem);
      return;
    }
    this.#fail(entry, problem);
    this.flush();
  }

  /** The server closed the connection because of a frame's size: the message in flight caused it. */
  frameWasTooLarge(): void {
    const entry = this.#inFlight;
    if (!entry) return;
    this.#answered();
    this.#fail(entry, Problem.tooLarge());
  }

  /** The connection is lost: the message in flight is sent again on the next. */
  connectionLost(): void {
    if (this.#inFlight) this.#inFlight.state = "waiting";
    this.#answered();
  }

  retry(clientMsgId: string): void {
    const entry = this.#entries.get(clientMsgId);
    if (entry?.state !== "failed") return;
    entry.state = "waiting";
    entry.tries = 0;
    this.flush();
  }

  discard(clientMsgId: string): void {
    if (this.#entries.get(clientMsgId)?.state === "failed") this.#entries.delete(clientMsgId);
  }

  stop(): void {
    this.connectionLost();
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = undefined;
  }

  #next(): Entry | undefined {
    for (const entry of this.#entries.values()) if (entry.state === "waiting") return entry;
    return undefined;
  }

  #answered(): void {
    clearTimeout(this.#answerTimer);
    this.#inFlight = undefined;
  }

  #fail(entry: Entry, problem: Problem): void {
    entry.state = "failed";
    this.options.onRefused(entry.message.client_msg_id, problem);
  }

  #pause(ms: number): void {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = setTimeout(() => {
      this.#pauseTimer = undefined;
      this.flush();
    }, ms);
  }
}

function isLongWait({ slug, retryAfterMs = 0 }: Problem): boolean {
  return slug === "slow-mode" && retryAfterMs > SLOW_MODE_AT_MOST_MS;
}

function frameBytes(message: Outgoing): number {
  return new TextEncoder().encode(JSON.stringify({ type: "send", ...message })).length;
}
