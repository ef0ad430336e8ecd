/** The browser features that the library uses, behind an interface that tests replace. */
import { transfer } from "./uploads/xhr";

/** The part of `WebSocket` that the library uses. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

/** A request whose body may take long. */
export interface Transfer {
  method: "POST" | "PATCH";
  headers: Record<string, string>;
  body: Blob;
  /** Gets the number of bytes that are sent. */
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}

export type EnvironmentChange = "online" | "offline" | "visible" | "hidden";

export interface Environment {
  fetch: typeof fetch;
  /** `fetch` with progress. Rejects if there is no answer. */
  transfer(url: URL, transfer: Transfer): Promise<Response>;
  openSocket(url: string, protocols: string[]): Socket;
  /** From 0 to 1. */
  random(): number;
  /** The system's own report. It can be wrong, so it only selects between `reconnecting` and `offline`. */
  isOnline(): boolean;
  isVisible(): boolean;
  /** Subscribes to changes of network and visibility; returns the unsubscribe function. */
  watch(listener: (change: EnvironmentChange) => void): () => void;
  /** Waits until no other tab of the origin has the name. This tab then has it until `signal` aborts. */
  claim(name: string, signal: AbortSignal): Promise<void>;
  /** Base of relative URLs. */
  origin: string;
}

export function browserEnvironment(): Environment {
  return {
    fetch: (input, init) => globalThis.fetch(input, init),
    transfer,
    openSocket: (url, protocols) => new WebSocket(url, protocols) as Socket,
    random: Math.random,
    isOnline: () => navigator.onLine,
    isVisible: () => document.visibilityState === "visible",
    watch(listener) {
      const online = () => listener("online");
      const offline = () => listener("offline");
      const visibility = () => listener(document.hidden ? "hidden" : "visible");
      window.addEventListener("online", online);
      window.addEventListener("offline", offline);
      document.addEventListener("visibilitychange", visibility);
      return () => {
        window.removeEventListener("online", online);
        window.removeEventListener("offline", offline);
        document.removeEventListener("visibilitychange", visibility);
      };
    },
    claim,
    origin: globalThis.location.origin,
  };
}

/** By Web Locks. Where these are missing (plain HTTP, frames without an origin), every tab has the name at once. */
function claim(name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const held = new Promise<void>((release) => signal.addEventListener("abort", () => release()));
    const has = () => {
      resolve();
      return held;
    };
    if (!navigator.locks) return resolve();
    navigator.locks.request(name, { signal }, has).catch(() => resolve());
  });
}

/** A random id for a tab or a message. `crypto.randomUUID` is missing on pages served over plain HTTP. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A random UUID (version 4), without `crypto.randomUUID` for the same reason. */
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
