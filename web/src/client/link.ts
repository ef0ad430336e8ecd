import { Backoff } from "./backoff";
import type { Environment, EnvironmentChange, Socket } from "./environment";
import { CloseCode, SUBPROTOCOL } from "./protocol";
import { Timers } from "./timers";
import type { TokenSource } from "./token";

/**
 * State of a connection.
 * `offline`: not connected, and the system reports no network; the link retries all the same.
 * `forbidden`, `signed-out` and `invalid` (the server rejects what this client sends) are final: the link does not
 * retry by itself.
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

/** Whether a link in this state does nothing until `start` is called. */
export function isFinal(state: LinkState): boolean {
  return state === "idle" || state === "forbidden" || state === "signed-out" || state === "invalid";
}

export interface LinkOptions {
  environment: Environment;
  tokens: TokenSource;
  /** Called for every attempt, because the URL carries the current position. */
  address(): URL;
  /** One frame; arrays are split first. Return true for the frame after which the link is live. */
  onFrame(frame: unknown): boolean;
  onState(state: LinkState): void;
  /** The socket is closed; requests in flight on it get no answer. */
  onLost?(code: number): void;
  /** The last `UNOPENABLE_AFTER` or more attempts to open failed. The owner may stop the link. */
  onUnopenable?(): void;
}

/** Ping interval until a welcome states one. */
const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
/** Shorter pong time-out after a sleep or a change of network. */
const PROBE_WITHIN_MS = 4_000;
const OPEN_WITHIN_MS = 15_000;
/** The back-off resets once a connection has been live for this long. */
const GOOD_AFTER_MS = 10_000;
const FLOODING_WAIT_MS = 5_000;
/** Consecutive failures to open after which `onUnopenable` is called. */
const UNOPENABLE_AFTER = 3;

const PONG = JSON.stringify({ type: "pong" });

type TimerName = "retry" | "ping" | "pong" | "open" | "good";

/** Keeps one WebSocket open: tokens, pings, back-off, and the reaction to each close code. */
export class Link {
  #state: LinkState = "idle";
  #socket: Socket | undefined;
  /** Increases with every attempt, so that results of an earlier attempt are ignored. */
  #attempt = 0;
  readonly #timers = new Timers<TimerName>();
  #token = "";
  #tokenWasRenewed = false;
  #failedOpenings = 0;
  #pingEveryMs = PING_EVERY_MS;
  #unwatch: (() => void) | undefined;
  readonly #backoff: Backoff;

  constructor(readonly options: LinkOptions) {
    this.#backoff = new Backoff(options.environment.random);
  }

  get state(): LinkState {
    return this.#state;
  }

  start(): void {
    if (!this.#isFinal()) return;
    this.#tokenWasRenewed = false;
    this.#backoff.reset();
    this.#unwatch = this.options.environment.watch((change) => this.#environmentChanged(change));
    this.#become("connecting");
    void this.#open();
  }

  /** Closes the socket and stops retrying until the next `start`. */
  stop(): void {
    this.#end("idle");
  }

  /** Returns false if there is no live socket. */
  send(text: string): boolean {
    if (this.#state !== "live" || !this.#socket) return false;
    this.#socket.send(text);
    return true;
  }

  /** Sets the ping interval from the welcome; the default applies if the welcome has none. */
  keepAlive(everyMs: number | undefined): void {
    this.#pingEveryMs = everyMs ?? PING_EVERY_MS;
  }

  /** Closes this socket and opens another. */
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
      // The token is sent as a subprotocol, because a URL would end up in logs.
      const protocols = [SUBPROTOCOL, `bearer.${this.#token}`];
      socket = this.options.environment.openSocket(url.href, protocols);
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
      // A close event follows and carries the code.
    };
  }

  #startAttempt(): number {
    this.#clearTimers();
    this.#attempt += 1;
    return this.#attempt;
  }

  #receive(text: string, isCurrent: () => boolean): void {
    // Any incoming text proves that the server is alive.
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
        // The server probes whether this client is alive.
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

  #environmentChanged(change: EnvironmentChange): void {
    if (this.#isFinal()) return;
    if (change === "offline") {
      if (this.#socket) this.#lose(1006);
      else this.#become(this.#waitingState());
    } else if (change === "online" || change === "visible") {
      if (this.#state === "live") this.#ping(PROBE_WITHIN_MS);
      else if (this.#timers.has("retry")) void this.#open();
    }
  }

  #isFinal(): boolean {
    return isFinal(this.#state);
  }

  /** Handles a socket that was closed or given up; the close code decides what follows. */
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
        // A hidden page retries after a minute, or when it becomes visible.
        if (!this.options.environment.isVisible()) return this.#retryLater(60_000);
        return this.#retryLater();
      default:
        return this.#retryLater();
    }
  }

  async #renewToken(): Promise<void> {
    // A fresh token was refused too: the user is signed out.
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
    return this.options.environment.isOnline() ? "reconnecting" : "offline";
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
