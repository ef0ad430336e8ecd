import { vi } from "vitest";
import type { Ack, Durable, Environment, Message, Socket, Transfer, Welcome } from "../../src/client";

/** A fake socket; the test plays the server. */
export class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly texts: string[] = [];
  isClosed = false;

  constructor(
    readonly url: URL,
    readonly protocols: string[],
  ) {}

  send(text: string): void {
    this.texts.push(text);
  }

  close(): void {
    this.isClosed = true;
  }

  /** Frames that the client has sent, without pings. */
  get frames(): Record<string, unknown>[] {
    return this.texts.filter((text) => text !== "ping").map((text) => JSON.parse(text));
  }

  sent(type: string): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame["type"] === type);
  }

  opens(): void {
    this.onopen?.();
  }

  says(...frames: object[]): void {
    const only = frames.length === 1 ? frames[0] : frames;
    this.onmessage?.({ data: JSON.stringify(only) });
  }

  pongs(): void {
    this.onmessage?.({ data: "pong" });
  }

  closes(code = 1006): void {
    this.onclose?.({ code });
  }
}

/** Fake environment of the client. */
export class FakeWorld implements Environment {
  readonly origin = "http://edge.test";
  readonly sockets: FakeSocket[] = [];
  readonly fetch = vi.fn<typeof fetch>(async () => new Response("{}", { status: 404 }));
  readonly transfer = vi.fn<(url: URL, transfer: Transfer) => Promise<Response>>(
    async () => new Response("{}", { status: 404 }),
  );
  online = true;
  visible = true;
  #listeners = new Set<(attention: "online" | "offline" | "visible" | "hidden") => void>();

  openSocket(url: string, protocols: string[]): Socket {
    const socket = new FakeSocket(new URL(url), protocols);
    this.sockets.push(socket);
    return socket;
  }

  random(): number {
    return 1;
  }

  isOnline(): boolean {
    return this.online;
  }

  isVisible(): boolean {
    return this.visible;
  }

  watch(listener: (attention: "online" | "offline" | "visible" | "hidden") => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  happens(attention: "online" | "offline" | "visible" | "hidden"): void {
    for (const listener of this.#listeners) listener(attention);
  }

  /** Names that tabs have, and who waits for them. Worlds that share it are tabs of one browser. */
  claims = new Map<string, Promise<void>>();

  async claim(name: string, signal: AbortSignal): Promise<void> {
    const before = this.claims.get(name);
    const released = new Promise<void>((release) => signal.addEventListener("abort", () => release()));
    this.claims.set(
      name,
      Promise.all([before, released]).then(() => {}),
    );
    await before;
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }
}

export function welcome(head = 0, over: Partial<Welcome> = {}): Welcome {
  const you = { user_id: "7", name: "Ana", role: "member" as const, last_read_seq: 0 };
  return { type: "welcome", epoch: "e1", head, you, online: [], online_count: 0, keep_alive_ms: 25_000, ...over };
}

export function message(seq: number, over: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    conversation_id: "c",
    seq,
    sender_id: "8",
    sender_name: "Ben",
    type: "text",
    body: `text ${seq}`,
    metadata: null,
    parent_id: null,
    client_msg_id: null,
    version: 1,
    created_at: at(seq),
    edited_at: null,
    deleted_at: null,
    updated_at: null,
    ...over,
  };
}

export function created(seq: number, over: Partial<Message> = {}, origin?: string): Durable {
  const partial = message(seq, over);
  const event = { event: "message.created" as const, conversation_id: "c", seq, id: partial.id };
  return { ...event, partial, ...(origin && { origin_client_id: origin }), at: partial.created_at };
}

export function ack(clientMsgId: unknown, seq: number): Ack {
  return { type: "ack", client_msg_id: String(clientMsgId), id: `m${seq}`, seq, created_at: at(seq) };
}

/** A time that grows with `seq`. */
export function at(seq: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seq * 1_000).toISOString();
}
