import { createParser } from "eventsource-parser";
import type { Api } from "./api";
import { Backoff } from "./backoff";
import type { LinkState } from "./link";
import { Problem } from "./problem";
import type { Position } from "./protocol";

export interface EventStreamOptions {
  api: Api;
  conversationId: string;
  position(): Position | undefined;
  /** Return true for the frame after which the stream is live. */
  onFrame(frame: unknown): boolean;
  onState(state: LinkState): void;
  /** The stream has been in use long enough to try a socket again. */
  onTrySocket(): void;
}

/** Before the welcome: a stream that is silent for this long counts as lost. */
const SILENT_BEFORE_WELCOME_MS = 50_000;
/** Tolerance for a keep-alive comment in transit. */
const LATE_MS = 5_000;
const TRY_SOCKET_AFTER_MS = 300_000;

/**
 * Server-sent events, used where sockets do not open. Reads with `fetch`, because `EventSource` can carry a token
 * only in the URL.
 */
export class EventStream {
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #startedAt = 0;
  #silentForMs = SILENT_BEFORE_WELCOME_MS;
  readonly #backoff: Backoff;

  constructor(readonly options: EventStreamOptions) {
    this.#backoff = new Backoff(options.api.environment.random);
  }

  start(): void {
    if (this.#abort) return;
    this.#startedAt = Date.now();
    this.options.onState("connecting");
    void this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = undefined;
  }

  /** Opens the stream again from the current position. */
  reconnect(): void {
    if (!this.#abort) return;
    this.stop();
    this.options.onState("reconnecting");
    void this.#run();
  }

  /** The welcome states how often the server writes at least: after two misses the stream counts as lost. */
  keepAlive(everyMs: number | undefined): void {
    if (everyMs === undefined) return;
    this.#silentForMs = 2 * everyMs + LATE_MS;
    if (this.#abort) this.#restartSilenceTimer(this.#abort);
  }

  async #run(): Promise<void> {
    this.#silentForMs = SILENT_BEFORE_WELCOME_MS;
    const abort = new AbortController();
    this.#abort = abort;
    const { api, conversationId, position } = this.options;
    try {
      const response = await api.events(conversationId, position(), abort.signal);
      for await (const frame of serverSentEvents(response, () => this.#restartSilenceTimer(abort))) {
        if (abort.signal.aborted) return;
        if (this.options.onFrame(frame) === true) {
          this.#backoff.reset();
          this.options.onState("live");
        }
      }
    } catch (error) {
      if (this.#abort !== abort) return;
      if (error instanceof Problem && (error.status === 403 || error.status === 404)) {
        return this.#end("forbidden");
      }
      if (error instanceof Problem && error.status === 401) return this.#end("signed-out");
      if (error instanceof Problem && (error.status === 400 || error.status === 422)) return this.#end("invalid");
    }
    if (this.#abort !== abort) return;
    clearTimeout(this.#timer);
    this.options.onState(api.environment.isOnline() ? "reconnecting" : "offline");
    if (Date.now() - this.#startedAt > TRY_SOCKET_AFTER_MS) {
      this.stop();
      this.options.onTrySocket();
      return;
    }
    this.#timer = setTimeout(() => void this.#run(), this.#backoff.next());
  }

  #end(state: LinkState): void {
    this.stop();
    this.options.onState(state);
  }

  #restartSilenceTimer(abort: AbortController): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#abort === abort) this.reconnect();
    }, this.#silentForMs);
  }
}

/** The parsed JSON of each event of a `text/event-stream`. `onBytes` runs for every chunk, also for comments. */
async function* serverSentEvents(response: Response, onBytes: () => void): AsyncGenerator<unknown> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let arrived: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => arrived.push(data) });
  try {
    onBytes();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      parser.feed(value);
      const texts = arrived;
      arrived = [];
      for (const text of texts) yield JSON.parse(text);
    }
  } finally {
    reader.cancel().catch(() => {
      // The stream is already closed.
    });
  }
}
