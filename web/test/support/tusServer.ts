import { randomId, type Transfer } from "../../src/client";
import type { FakeWorld } from "./world";

interface Stored {
  name: string;
  size: number;
  bytes: Uint8Array;
  /** Whether the file that it has become was deleted. */
  isDeleted?: boolean;
}

/** What the server does with the next write, instead of taking it whole. */
export interface Fault {
  /** Takes so many bytes; then the connection breaks off. */
  cutAfter?: number;
  /** Takes everything; the answer is lost. */
  isAnswerLost?: boolean;
  /** Refuses. */
  refuse?: Response;
}

/** Pseudo-random numbers below 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function refusal(status: number, slug: string, headers: Record<string, string> = {}): Response {
  const type = `https://campana.dev/problems/${slug}`;
  return Response.json({ type, title: slug, detail: slug }, { status, headers });
}

/** The part of `/api/chat/uploads` that the client uses, for the fake world. */
export class TusServer {
  readonly uploads = new Map<string, Stored>();
  /** Methods and offsets of the requests, in order. */
  readonly requests: string[] = [];
  /** Sizes of the written bodies. */
  readonly bodies: number[] = [];
  /** What happens to the next writes, in order. */
  readonly faults: Fault[] = [];
  /** Refuses the next requests to begin. */
  readonly beginFaults: Response[] = [];
  expires = new Date(Date.now() + 86_400_000).toUTCString();
  isReachable = true;
  #held: { from: number; released: Promise<void> } | undefined;
  token = "token";

  serve(world: FakeWorld): void {
    world.fetch.mockImplementation((url, init) => this.#answer(new URL(String(url)), init ?? {}));
    world.transfer.mockImplementation((url, transfer) => this.#write(url, transfer));
  }

  /** Writes from this offset on are taken when the returned function is called. */
  hold(from: number): () => void {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held = { from, released };
    return () => {
      this.#held = undefined;
      release();
    };
  }

  /** The bytes that the only upload has. */
  get only(): Stored {
    const [stored] = this.uploads.values();
    if (!stored || this.uploads.size > 1) throw new Error(`${this.uploads.size} uploads`);
    return stored;
  }

  async #answer(url: URL, init: RequestInit): Promise<Response> {
    const { method = "GET" } = init;
    const headers = new Headers(init.headers);
    const id = idIn(url);
    this.requests.push(method);
    if (!this.isReachable) throw new TypeError("no network");
    if (headers.get("authorization") !== `Bearer ${this.token}`) return refusal(401, "unauthorized");
    if (method === "POST") return this.beginFaults.shift() ?? this.#begin(headers);
    const stored = this.uploads.get(id);
    if (!stored) return refusal(404, "not-found");
    if (method === "DELETE") {
      this.uploads.delete(id);
      return new Response(null, { status: 204 });
    }
    const { name, size, bytes, isDeleted } = stored;
    const file = bytes.length === size && !isDeleted ? { id, name, size, status: "ready" } : null;
    return Response.json({ id, name, size, offset: bytes.length, file });
  }

  #begin(headers: Headers): Response {
    const encoded = /^filename (.*)$/.exec(headers.get("upload-metadata") ?? "")?.[1] ?? "";
    const name = new TextDecoder().decode(Uint8Array.from(atob(encoded), (each) => each.charCodeAt(0)));
    const id = randomId();
    this.uploads.set(id, { name, size: Number(headers.get("upload-length")), bytes: new Uint8Array() });
    const location = `/api/chat/uploads/${id}`;
    return new Response(null, { status: 201, headers: { location, "upload-expires": this.expires } });
  }

  async #write(url: URL, { headers, body, onProgress, signal }: Transfer): Promise<Response> {
    const offset = Number(headers["upload-offset"]);
    this.requests.push(`PATCH ${offset}`);
    this.bodies.push(body.size);
    if (!this.isReachable) throw new TypeError("no network");
    if (headers["authorization"] !== `Bearer ${this.token}`) return refusal(401, "unauthorized");
    const stored = this.uploads.get(idIn(url));
    if (!stored) return refusal(404, "not-found");
    if (offset !== stored.bytes.length) return refusal(409, "conflict");
    const { cutAfter = body.size, isAnswerLost, refuse } = this.faults.shift() ?? {};
    if (refuse) return refuse;
    onProgress(Math.ceil(body.size / 2));
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      if (this.#held && offset >= this.#held.from) void this.#held.released.then(resolve);
      else resolve();
    });
    const taken = new Uint8Array(await body.slice(0, cutAfter).arrayBuffer());
    stored.bytes = joined(stored.bytes, taken);
    if (cutAfter < body.size || isAnswerLost) throw new TypeError("broken off");
    onProgress(body.size);
    return new Response(null, { status: 204, headers: { "upload-offset": `${stored.bytes.length}` } });
  }
}

function idIn(url: URL): string {
  return url.pathname.split("/").pop() ?? "";
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  const all = new Uint8Array(before.length + after.length);
  all.set(before);
  all.set(after, before.length);
  return all;
}
