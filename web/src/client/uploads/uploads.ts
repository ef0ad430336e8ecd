import { randomId } from "../environment";
import { Problem } from "../problem";
import type { Attachment } from "../protocol";
import type { InterruptedUploads } from "./interrupted";
import type { Carrier, Transport } from "./transport";

/** Files of one list that are carried at the same time. */
const AT_ONCE = 2;
/** Refusals of the file itself: the same file is refused again. */
const FINAL = [413, 415, 422];

/** A file on its way to the server. A new object for every change. */
export interface Upload {
  readonly id: string;
  readonly file: File;
  readonly status: "waiting" | "uploading" | "paused" | "failed" | "done";
  /** Bytes that are sent. */
  readonly sent: number;
  /** Whether it can pause, and continue where it was. */
  readonly canPause: boolean;
  /** Why the last attempt failed, while the next one, which follows by itself, has sent nothing. */
  readonly retrying?: Problem | undefined;
  /** Why it has failed. */
  readonly problem?: Problem;
  /** What the server says of it, once it has it. */
  readonly attachment?: Attachment;
}

interface Entry {
  upload: Upload;
  carrier: Carrier;
  abort: AbortController | undefined;
}

/** Whether an upload that has failed may succeed with another attempt. */
export function canRetry({ status, problem }: Upload): boolean {
  return status === "failed" && !FINAL.includes(problem?.status ?? 0);
}

/**
 * Uploads a list of files, in their order, two at a time. A failed one waits for the user. Independent of frameworks: `snapshot` is a new array
 * for every change.
 */
export class Uploads {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  /** What scans decided about files while uploads went on, by the file's id. */
  readonly #decided = new Map<string, Attachment["status"]>();
  #snapshot: readonly Upload[] = [];

  constructor(
    /** The last one takes every file. */
    readonly transports: readonly Transport[],
    /** Most files of the list. */
    readonly most: number,
    /** Uploads that closed pages have begun. A file that is added continues its own. */
    readonly interrupted?: InterruptedUploads,
  ) {}

  snapshot = (): readonly Upload[] => this.#snapshot;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Adds files, as many as the list takes. Returns how many it did not. */
  add(files: readonly File[]): number {
    const taken = files.slice(0, Math.max(0, this.most - this.#entries.size));
    for (const file of taken) {
      const carrier = this.#carrier(file, this.interrupted?.has(file) ?? false);
      const id = randomId();
      const upload: Upload = { id, file, status: "waiting", sent: 0, canPause: carrier.canResume };
      this.#entries.set(id, { upload, carrier, abort: undefined });
    }
    this.#next();
    this.#changed();
    return files.length - taken.length;
  }

  /** Stops an upload and takes it off the list. A file that the server has and no message is deleted there after a day. */
  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    entry.abort?.abort();
    if (entry.upload.status !== "done") entry.carrier.discard();
    this.#next();
    this.#changed();
  }

  /** Tries a failed upload again, or continues a paused one. */
  retry(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.upload.status !== "failed" && entry?.upload.status !== "paused") return;
    const { problem, ...rest } = entry.upload;
    if (problem?.status === 0 && !entry.carrier.canResume) entry.carrier = this.#carrier(rest.file, true);
    entry.upload = { ...rest, status: "waiting", canPause: entry.carrier.canResume };
    this.#next();
    this.#changed();
  }

  pause(id: string): void {
    const entry = this.#entries.get(id);
    const { status } = entry?.upload ?? {};
    if (!entry?.carrier.canResume || (status !== "waiting" && status !== "uploading")) return;
    entry.abort?.abort();
    entry.abort = undefined;
    entry.upload = { ...entry.upload, status: "paused", retrying: undefined };
    this.#next();
    this.#changed();
  }

  /** A scan has decided about a file of the list: a refused one cannot be sent. */
  decided(fileId: string, status: Attachment["status"]): void {
    const entries = [...this.#entries.values()];
    // The answer to an upload may come after the event about its file.
    if (entries.some(({ upload }) => upload.status === "uploading")) this.#decided.set(fileId, status);
    for (const entry of entries) {
      const { attachment } = entry.upload;
      if (attachment?.id === fileId && attachment.status !== status)
        entry.upload = ended(entry.upload, { ...attachment, status });
    }
    this.#changed();
  }

  /** Empties the list once the server has every file of it, and returns them. */
  take(): Attachment[] | undefined {
    const attachments = this.#snapshot.flatMap(({ attachment }) => attachment ?? []);
    if (attachments.length !== this.#snapshot.length) return undefined;
    this.#entries.clear();
    this.#decided.clear();
    this.#changed();
    return attachments;
  }

  /** Stops and discards everything. */
  clear(): void {
    for (const id of [...this.#entries.keys()]) this.remove(id);
  }

  #carrier(file: File, isRepeat: boolean): Carrier {
    const transport = this.transports.find((each) => each.takes(file, isRepeat));
    if (!transport) throw new Error("no transport takes the file");
    return transport.carrier(file, this.interrupted);
  }

  #next(): void {
    const entries = [...this.#entries.values()];
    let free = AT_ONCE - entries.filter(({ upload }) => upload.status === "uploading").length;
    for (const entry of entries) {
      if (free <= 0) return;
      if (entry.upload.status !== "waiting") continue;
      free -= 1;
      void this.#run(entry);
    }
  }

  async #run(entry: Entry): Promise<void> {
    const abort = new AbortController();
    entry.abort = abort;
    const sent = entry.carrier.canResume ? entry.upload.sent : 0;
    entry.upload = { ...entry.upload, status: "uploading", sent };
    // A run that was stopped changes nothing any more.
    const set = (change: Partial<Upload>) => {
      if (entry.abort !== abort || abort.signal.aborted) return;
      entry.upload = { ...entry.upload, ...change };
      this.#changed();
    };
    try {
      const progress = {
        sent: (bytes: number) => set({ sent: Math.min(bytes, entry.upload.file.size), retrying: undefined }),
        retries: (problem: Problem) => set({ retrying: problem }),
      };
      const attachment = await entry.carrier.run(progress, abort.signal);
      const decided = this.#decided.get(attachment.id);
      const status = attachment.status === "scanning" && decided ? decided : attachment.status;
      set(ended({ ...entry.upload, sent: entry.upload.file.size }, { ...attachment, status }));
    } catch (error) {
      set({ status: "failed", problem: Problem.of(error), retrying: undefined });
    }
    this.#next();
    this.#changed();
  }

  #changed(): void {
    const now = [...this.#entries.values()].map(({ upload }) => upload);
    const isSame =
      now.length === this.#snapshot.length && now.every((upload, index) => upload === this.#snapshot[index]);
    if (isSame) return;
    this.#snapshot = now;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** An upload whose file the server has. */
function ended({ id, file, sent, canPause }: Upload, attachment: Attachment): Upload {
  const upload = { id, file, sent, canPause };
  const isRefused = attachment.status === "refused";
  return isRefused
    ? { ...upload, status: "failed", problem: refusedFile() }
    : { ...upload, status: "done", attachment };
}

/** The server has the file, and its check has refused it. */
function refusedFile(): Problem {
  return new Problem("file-refused", 422, "The file was refused");
}
