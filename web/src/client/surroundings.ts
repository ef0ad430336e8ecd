/** What the library needs from the world around it, so that tests can bring their own. */

/** The part of `WebSocket` that is used. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export type Attention = "online" | "offline" | "visible" | "hidden";

export interface Surroundings {
  fetch: typeof fetch;
  openSocket(url: string, protocols: string[]): Socket;
  /** 0 to 1. */
  random(): number;
  /** What the system believes; only ever used to word a state, since it can be wrong. */
  isOnline(): boolean;
  isVisible(): boolean;
  /** Hears of changes of the two above; returns how to stop. */
  watch(listener: (attention: Attention) => void): () => void;
  /** What relative addresses are relative to. */
  origin: string;
}

export function browserSurroundings(): Surroundings {
  return {
    fetch: (input, init) => globalThis.fetch(input, init),
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
    origin: globalThis.location.origin,
  };
}

/** A random id for a tab or a message. Works where `crypto.randomUUID` is missing: plain HTTP on a phone. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A random UUID (version 4), made without `crypto.randomUUID` for the same reason. */
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
