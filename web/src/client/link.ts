import { Backoff } from "./backoff";
import { CloseCode, SUBPROTOCOL } from "./protocol";
import type { Socket, Surroundings } from "./surroundings";
import { Timers } from "./timers";
import type { TokenSource } from "./token";

/**
 * How a connection stands.
 * `offline`: not connected, and the system says that there is no network; it is tried all the same.
 * `forbidden`, `signed-out` and `invalid` (the server cannot use what this client says) are final: nobody tries again
 * by itself.
 */
export type LinkState =
  | "idle"
  | "connecting"
  | "live"
  | "reconnecting"
  | "offline"
  | "forbidden"
  | "signed-out"
  | "invalid";

/** Whether a link in this state stays as it is until somebody starts it. */
export function isFinal(state: LinkState): boolean {
  return state === "idle" || state === "forbidden" || state === "signed-out" || state === "invalid";
}

export interface LinkOptions {
  surroundings: Surroundings;
  tokens: TokenSource;
  /** Asked anew at every opening, since it carries the position. */
  address(): URL;
  /** One frame; arrays come apart before. Return true for the frame after which the link is live. */
  onFrame(frame: unknown): boolean;
  onState(state: LinkState): void;
  /** The socket is gone; what was under way on it has no answer. */
  onLost?(code: number): void;
  /** Sockets do not open, and did not the last few times. The owner may stop the link. */
  onUnopenable?(): void;
}

/** Until the server has said how often. */
const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
/** After a sleep or a change of network a dead socket is found out faster. */
const PROBE_WITHIN_MS = 4_000;
const OPEN_WITHIN_MS = 15_000;
/** A connection that lived this long was a good one: waits start small again. */
const GOOD_AFTER_MS = 10_000;
const FLOODING_WAIT_MS = 5_000;
/** Failures to open before sockets count as not usable here. */
const UNOPENABLE_AFTER = 3;

const PONG = JSON.stringify({ type: "pong" });

type TimerName = "retry" | "ping" | "pong" | "open" | "good";

/** Keeps one WebSocket open: tokens, pings, waits between tries, and what the close codes ask for. */
export class Link {
  #state: LinkState = "idle";
  #socket: Socket | undefined;
  /** Rises with every try, so that an answer to an older one is known as such. */
  #attempt = 0;
  readonly #timers = new Timers<TimerName>();
  #token = "";
  #tokenWasRenewed = false;
  #failedOpenings = 0;
  #pingEveryMs = PING_EVERY_MS;
  #unwatch: (() => void) | undefined;
  readonly #backoff: Backoff;

  constructor(readonly options: LinkOptions) {
    this.#backoff = new Backoff(options.surroundings.random);
  }

  get state(): LinkState {
    return this.#state;
  }

  start(): void {
    if (!this.#isFinal()) return;
    this.#tokenWasRenewed = false;
    this.#backoff.reset();
    this.#unwatch = this.options.surroundings.watch((attention) => this.#attend(attention));
    this.#become("connecting");
    void this.#open();
  }

  /** Ends for good or until the next `start`. */
  stop(): void {
    this.#end("idle");
  }

  /** False if there is no live socket to send it on. */
  send(text: string): boolean {
    if (this.#state !== "live" || !this.#socket) return false;
    this.#socket.send(text);
    return true;
  }

  /** The server says how often it wants to hear a ping; one that does not say so is pinged as before. */
  keepAlive(everyMs: number | undefined): void {
    this.#pingEveryMs = everyMs ?? PING_EVERY_MS;
  }

  /** Gives this socket up and opens another. */
  reconnect(): void {
    if (this.#socket) this.#lose(1006);
  }

  async #open(): Promise<void> {
    const attempt = this.#startAttempt();
    try {
      this.#token = await this.options.tokens.current();
    } catch {
      if (attempt === this.#attempt) this.#retryLater();
      return;
    }
    if (attempt !== this.#attempt) return;
    const url = this.options.address();
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    let socket: Socket;
    try {
      // The token travels as a subprotocol: an address would end up in logs.
      const protocols = [SUBPROTOCOL, `bearer.${this.#token}`];
      socket = this.options.surroundings.openSocket(url.href, protocols);
    } catch {
      this.#failedToOpen();
      return;
    }
    this.#socket = socket;
    let opened = false;
    const isCurrent = () => attempt === this.#attempt && this.#socket === socket;
    this.#timers.set("open", OPEN_WITHIN_MS, () => {
      if (isCurrent()) this.#lose(1006, opened);
    });
    socket.onopen = () => {
      opened = true;
      if (isCurrent()) this.#failedOpenings = 0;
    };
    socket.onmessage = ({ data }) => {
      if (isCurrent() && typeof data === "string") this.#receive(data, isCurrent);
    };
    socket.onclose = ({ code }) => {
      if (isCurrent()) this.#lose(code, opened);
    };
    socket.onerror = () => {
      // A close follows, and says more.
    };
  }

  #startAttempt(): number {
    this.#clearTimers();
    this.#attempt += 1;
    return this.#attempt;
  }

  #receive(text: string, isCurrent: () => boolean): void {
    // Whatever comes proves that the other side is there.
    this.#timers.clear("pong");
    if (text === "pong") return;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return;
    }
    for (const frame of Array.isArray(parsed) ? parsed : [parsed]) {
      if (!isCurrent()) return;
      if (typeof frame !== "object" || frame === null) continue;
      if ((frame as { type?: unknown }).type === "ping") {
        // The server asks whether anybody is there.
        this.#socket?.send(PONG);
        continue;
      }
      if (this.options.onFrame(frame) === true) this.#nowLive();
    }
  }

  #nowLive(): void {
    this.#timers.clear("open");
    this.#tokenWasRenewed = false;
    this.#timers.set("good", GOOD_AFTER_MS, () => this.#backoff.reset());
    this.#schedulePing();
    this.#become("live");
  }

  #schedulePing(): void {
    this.#timers.set("ping", this.#pingEveryMs, () => {
      this.#ping(PONG_WITHIN_MS);
      this.#schedulePing();
    });
  }

  #ping(within: number): void {
    if (!this.send("ping")) return;
    this.#timers.set("pong", within, () => this.#lose(1006));
  }

  #attend(attention: "online" | "offline" | "visible" | "hidden"): void {
    if (this.#isFinal()) return;
    if (attention === "offline") {
      if (this.#socket) this.#lose(1006);
      else this.#become(this.#waitingState());
    } else if (attention === "online" || attention === "visible") {
      if (this.#state === "live") this.#ping(PROBE_WITHIN_MS);
      else if (this.#timers.has("retry")) void this.#open();
    }
  }

  #isFinal(): boolean {
    return isFinal(this.#state);
  }

  /** The socket is closed, or given up. What follows depends on why. */
  #lose(code: number, opened = true): void {
    this.#drop();
    this.options.onLost?.(code);
    if (this.#isFinal()) return;
    if (!opened) return this.#failedToOpen();
    switch (code) {
      case CloseCode.tokenExpired:
        return void this.#renewToken();
      case CloseCode.forbidden:
        return this.#end("forbidden");
      case CloseCode.invalidRequest:
        return this.#end("invalid");
      case CloseCode.flooding:
        return this.#retryLater(FLOODING_WAIT_MS);
      case CloseCode.idle:
        // Nobody looks: come back when somebody does.
        if (!this.options.surroundings.isVisible()) return this.#retryLater(60_000);
        return this.#retryLater();
      default:
        return this.#retryLater();
    }
  }

  async #renewToken(): Promise<void> {
    // A second refusal in a row is no matter of time: this person is signed out.
    if (this.#tokenWasRenewed) return this.#end("signed-out");
    this.#tokenWasRenewed = true;
    const attempt = this.#startAttempt();
    this.#become(this.#waitingState());
    try {
      await this.options.tokens.renewed(this.#token);
    } catch {
      this.#tokenWasRenewed = false;
      if (attempt === this.#attempt) this.#retryLater();
      return;
    }
    if (attempt === this.#attempt) void this.#open();
  }

  #failedToOpen(): void {
    this.#failedOpenings += 1;
    if (this.#failedOpenings >= UNOPENABLE_AFTER) this.options.onUnopenable?.();
    if (!this.#isFinal()) this.#retryLater();
  }

  #retryLater(atLeastMs = 0): void {
    this.#startAttempt();
    this.#socket = undefined;
    this.#become(this.#waitingState());
    this.#timers.set("retry", Math.max(atLeastMs, this.#backoff.next()), () => void this.#open());
  }

  #waitingState(): LinkState {
    return this.options.surroundings.isOnline() ? "reconnecting" : "offline";
  }

  #end(state: LinkState): void {
    this.#startAttempt();
    this.#drop();
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#become(state);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#clearTimers();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close(1000);
  }

  #become(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.options.onState(state);
  }

  #clearTimers(): void {
    this.#timers.clearAll();
  }
}
