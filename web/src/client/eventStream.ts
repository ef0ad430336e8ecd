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
  /** Time to see whether a socket opens by now. */
  onTrySocket(): void;
}

/** Silence before the welcome after which the stream counts as lost. */
const SILENT_BEFORE_WELCOME_MS = 50_000;
/** For a comment that is under way when it is due. */
const LATE_MS = 5_000;
const TRY_SOCKET_AFTER_MS = 300_000;

/**
 * Server-sent events for where sockets do not open. Read with `fetch` and not with `EventSource`, which can
 * only carry a token in the address.
 */
export class EventStream {
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #startedAt = 0;
  #silentForMs = SILENT_BEFORE_WELCOME_MS;
  readonly #backoff: Backoff;

  constructor(readonly options: EventStreamOptions) {
    this.#backoff = new Backoff(options.api.surroundings.random);
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

  /** Opens it again from the position that is known now. */
  reconnect(): void {
    if (!this.#abort) return;
    this.stop();
    this.options.onState("reconnecting");
    void this.#run();
  }

  /** The server writes at least this often, as its welcome says: after two misses the stream counts as lost. */
  keepAlive(everyMs: number | undefined): void {
    if (everyMs === undefined) return;
    this.#silentForMs = 2 * everyMs + LATE_MS;
    if (this.#abort) this.#stillThere(this.#abort);
  }

  async #run(): Promise<void> {
    this.#silentForMs = SILENT_BEFORE_WELCOME_MS;
    const abort = new AbortController();
    this.#abort = abort;
    const { api, conversationId, position } = this.options;
    try {
      const response = await api.events(conversationId, position(), abort.signal);
      for await (const frame of serverSentEvents(response, () => this.#stillThere(abort))) {
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
    this.options.onState(api.surroundings.isOnline() ? "reconnecting" : "offline");
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

  #stillThere(abort: AbortController): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#abort === abort) this.reconnect();
    }, this.#silentForMs);
  }
}

/** The JSON of each event of a `text/event-stream`. Comments only count as a sign of life. */
async function* serverSentEvents(response: Response, onLife: () => void): AsyncGenerator<unknown> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let arrived: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => arrived.push(data) });
  try {
    onLife();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onLife();
      parser.feed(value);
      const texts = arrived;
      arrived = [];
      for (const text of texts) yield JSON.parse(text);
    }
  } finally {
    reader.cancel().catch(() => {
      // Already gone.
    });
  }
}
