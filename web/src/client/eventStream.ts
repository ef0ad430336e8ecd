import type { Api } from "./api";
import { Backoff } from "./backoff";
import type { LinkState } from "./link";
import { Problem } from "./problem";
import type { Position } from "./wire";

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

/** The server writes a comment every 20 s. */
const SILENT_FOR_MS = 50_000;
const TRY_SOCKET_AFTER_MS = 300_000;

/**
 * Server-sent events for where sockets do not open. Read with `fetch` and not with `EventSource`, which can
 * only carry a token in the address.
 */
export class EventStream {
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #startedAt = 0;
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

  async #run(): Promise<void> {
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
    }, SILENT_FOR_MS);
  }
}

/** The JSON of each event of a `text/event-stream`. Comments only count as a sign of life. */
export async function* serverSentEvents(response: Response, onLife: () => void): AsyncGenerator<unknown> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  try {
    onLife();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onLife();
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          const text = data.join("\n");
          data = [];
          if (text !== "") yield JSON.parse(text);
        } else if (line.startsWith("data:")) {
          data.push(line.slice(line[5] === " " ? 6 : 5));
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {
      // Already gone.
    });
  }
}
