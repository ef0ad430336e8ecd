import { Problem } from "./problem";
import { MAX_FRAME_BYTES, type SendFrame } from "./protocol";

/** What is sent: with HTTP and with sockets the same. */
export type Outgoing = Omit<SendFrame, "type">;

export interface OutboxOptions {
  /** Hands a message to the connection. False if there is none; it is asked again when there is. */
  transmit(message: Outgoing): boolean;
  /** Refused for good. The message waits for `retry` or `discard`. */
  onRefused(clientMsgId: string, problem: Problem): void;
  /** Sent and not answered in time: the connection is not what it seems. */
  onUnanswered(): void;
}

const ANSWER_WITHIN_MS = 10_000;
/** Tries of a message that the server cannot take for now. Being too fast is no such try: that always passes. */
const MAX_TRIES = 6;

interface Entry {
  message: Outgoing;
  state: "waiting" | "under-way" | "failed";
  tries: number;
}

/**
 * Messages that are not acknowledged yet. They survive any number of connections and go out again with the same
 * `client_msg_id`, so the server answers a repeat with the original. One is under way at a time: so they arrive in
 * the order in which they were written, whatever is lost or refused for now.
 */
export class Outbox {
  readonly #entries = new Map<string, Entry>();
  #underWay: Entry | undefined;
  #answerTimer: ReturnType<typeof setTimeout> | undefined;
  #pauseTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly options: OutboxOptions) {}

  /** Whether something still waits for its answer; what was refused does not. */
  get isBusy(): boolean {
    return this.#next() !== undefined || this.#underWay !== undefined;
  }

  add(message: Outgoing): void {
    if (this.#entries.has(message.client_msg_id)) return;
    const entry: Entry = { message, state: "waiting", tries: 0 };
    this.#entries.set(message.client_msg_id, entry);
    // The server would close the socket over it, for all the others too.
    if (frameBytes(message) > MAX_FRAME_BYTES) this.#fail(entry, Problem.tooLarge());
    else this.flush();
  }

  /** Sends the next one, if there is a connection. */
  flush(): void {
    if (this.#pauseTimer !== undefined || this.#underWay) return;
    const entry = this.#next();
    if (!entry || !this.options.transmit(entry.message)) return;
    entry.state = "under-way";
    this.#underWay = entry;
    this.#answerTimer = setTimeout(() => this.options.onUnanswered(), ANSWER_WITHIN_MS);
  }

  /** The message is durable. True if it was still here. */
  acknowledged(clientMsgId: string): boolean {
    const entry = this.#entries.get(clientMsgId);
    if (!entry) return false;
    this.#entries.delete(clientMsgId);
    if (entry === this.#underWay) this.#answered();
    this.flush();
    return true;
  }

  /** A try has failed: again later if that can help, else told. */
  refused(clientMsgId: string, problem: Problem): void {
    const entry = this.#underWay;
    if (!entry || entry.message.client_msg_id !== clientMsgId) return;
    this.#answered();
    const isTooFast = problem.status === 429;
    if (!isTooFast) entry.tries += 1;
    if (isTooFast || (problem.isTemporary && entry.tries < MAX_TRIES)) {
      entry.state = "waiting";
      this.#pause(problem.retryAfterMs ?? 500 * 2 ** entry.tries);
      return;
    }
    this.#fail(entry, problem);
    this.flush();
  }

  /** The server closed the connection over a frame's size, so it is the one that was under way. */
  frameWasTooLarge(): void {
    const entry = this.#underWay;
    if (!entry) return;
    this.#answered();
    this.#fail(entry, Problem.tooLarge());
  }

  /** The connection is gone; what was under way has no answer and goes out again on the next. */
  connectionLost(): void {
    if (this.#underWay) this.#underWay.state = "waiting";
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
    this.#underWay = undefined;
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

function frameBytes(message: Outgoing): number {
  return new TextEncoder().encode(JSON.stringify({ type: "send", ...message })).length;
}
