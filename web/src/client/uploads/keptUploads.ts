/** Most uploads of a person that are kept; the oldest are forgotten first. */
const MOST = 20;

export type KeyValueStorage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/** An upload that is not complete, and by which file it can be continued. It has no token: its id is of use to its uploader only. */
export interface KeptUpload {
  /** The server's id. */
  readonly id: string;
  /** Where the file is attached: the name that the page gave `InterruptedUploads`. */
  readonly place: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** `lastModified` of the file, milliseconds. */
  readonly modified: number;
  /** Bytes that the server has acknowledged. */
  readonly sent: number;
  /** Until when the server keeps it, milliseconds. */
  readonly until: number;
}

/** One person's uploads that are not complete, as stored on the device across page loads. */
export class KeptUploads {
  readonly #key: string;

  constructor(
    readonly storage: KeyValueStorage,
    userId: string,
  ) {
    this.#key = `campana.uploads.${userId}`;
  }

  /** Those that the server still keeps, oldest first. Read from the storage each time: other tabs write to it too. */
  all(): KeptUpload[] {
    const now = Date.now();
    try {
      const kept: unknown = JSON.parse(this.storage.getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept.filter(isKept).filter(({ until }) => until > now) : [];
    } catch {
      return [];
    }
  }

  find(id: string): KeptUpload | undefined {
    return this.all().find((upload) => upload.id === id);
  }

  add(upload: KeptUpload): void {
    this.#write([...this.all().filter(({ id }) => id !== upload.id), upload].slice(-MOST));
  }

  /** The server has this many bytes of it. */
  moved(id: string, sent: number): void {
    const all = this.all();
    // It may have been removed by a sign-out in another tab.
    if (all.some((upload) => upload.id === id))
      this.#write(all.map((upload) => (upload.id === id ? { ...upload, sent } : upload)));
  }

  remove(id: string): void {
    const all = this.all();
    const rest = all.filter((upload) => upload.id !== id);
    if (rest.length < all.length) this.#write(rest);
  }

  clear(): void {
    try {
      this.storage.removeItem(this.#key);
    } catch {
      // Storage is not permitted, so it is empty.
    }
  }

  #write(uploads: KeptUpload[]): void {
    if (uploads.length === 0) return this.clear();
    try {
      this.storage.setItem(this.#key, JSON.stringify(uploads));
    } catch {
      // Storage is full or not permitted: the upload goes on, and ends with the page.
    }
  }
}

function isKept(value: unknown): value is KeptUpload {
  const { id, place, name, size, modified, sent, until } = (value ?? {}) as Record<string, unknown>;
  return (
    [id, place, name].every((each) => typeof each === "string") &&
    [size, modified, sent, until].every((each) => typeof each === "number")
  );
}
