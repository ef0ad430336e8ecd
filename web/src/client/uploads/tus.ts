/** The requests of tus 1.0 that resumable uploads need. Each throws a `Problem` on refusal, and if it takes too long. */
import type { Api } from "../api";
import { Problem } from "../problem";
import type { Attachment } from "../protocol";

const PATH = "/api/chat/uploads";
const VERSION = { "tus-resumable": "1.0.0" };
/** Bytes of a request, and where requests end: the server stores parts of this size, and has to keep what is shorter apart. */
const PIECE = 5 * 1024 * 1024;
/** A request that sends nothing for so long has lost its connection, milliseconds. */
const STALLED_MS = 30_000;
/** The last request is answered when the file is checked and its smaller forms are made, milliseconds. */
const ANSWER_WITHIN_MS = 120_000;
/** How long the server keeps an upload if it does not say, milliseconds. */
const KEPT_MS = 86_400_000;

/** How far an upload is. */
export interface UploadState {
  size: number;
  /** Bytes that are stored. */
  offset: number;
  /** Once all bytes are. */
  file: Attachment | null;
}

/** Begins an upload. `until`: how long it can be continued, milliseconds since the epoch. */
export async function begin(api: Api, { name, size }: File): Promise<{ id: string; until: number }> {
  const watch = new Watch(STALLED_MS);
  try {
    const headers = { ...VERSION, "upload-length": `${size}`, "upload-metadata": `filename ${base64(name)}` };
    const { headers: answer } = await watch.over(api.respond(PATH, { method: "POST", headers, signal: watch.signal }));
    const id = answer.get("location")?.split("/").pop();
    if (!id) throw Problem.unreachable();
    return { id, until: Date.parse(answer.get("upload-expires") ?? "") || Date.now() + KEPT_MS };
  } finally {
    watch.end();
  }
}

/** `GET`, which answers as the `HEAD` of tus does, and with the file. */
export function stateOf(api: Api, id: string, signal: AbortSignal): Promise<UploadState> {
  return api.json(pathOf(id), { signal, withinMs: STALLED_MS });
}

/** Sends the bytes from `offset` to the next end of a piece. Returns the new offset. */
export async function write(
  api: Api,
  id: string,
  file: File,
  offset: number,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const end = Math.min(file.size, offset - (offset % PIECE) + PIECE);
  const watch = new Watch(STALLED_MS);
  const headers = { ...VERSION, "content-type": "application/offset+octet-stream", "upload-offset": `${offset}` };
  try {
    const sending = api.transfer(pathOf(id), {
      method: "PATCH",
      headers,
      body: file.slice(offset, end),
      onProgress: (sent) => {
        watch.restart(offset + sent < end ? STALLED_MS : ANSWER_WITHIN_MS);
        onSent(offset + sent);
      },
      signal: AbortSignal.any([signal, watch.signal]),
    });
    const stored = Number((await watch.over(sending)).headers.get("upload-offset"));
    // Anything else is no answer of the server.
    if (stored > offset && stored <= end) return stored;
    throw Problem.unreachable();
  } finally {
    watch.end();
  }
}

/** Ends an upload. If it fails, the server ends it after a day. */
export async function endUpload(api: Api, id: string): Promise<void> {
  await api.respond(pathOf(id), { method: "DELETE", headers: VERSION, keepalive: true }).catch(() => {});
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

/** Of the text in UTF-8, as values of `Upload-Metadata` are. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Stops a request that takes too long. */
class Watch {
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #expire: () => void = () => {};

  constructor(ms: number) {
    this.restart(ms);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The request; it also fails here while it waits for a token, which cannot be stopped. */
  over<T>(request: Promise<T>): Promise<T> {
    const expiry = new Promise<never>((_, reject) => {
      this.#expire = () => reject(Problem.unreachable());
    });
    return Promise.race([request, expiry]);
  }

  restart(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#expire();
      this.#abort.abort(Problem.unreachable());
    }, ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
