import type { Environment } from "../environment";
import type { KeptUpload, KeptUploads } from "./keptUploads";

/**
 * The kept uploads of one place. Each belongs to one tab: the one that carries it, else one that offers it. A tab that is closed gives
 * its own up, and another one, usually the same after a reload, offers them.
 */
export class InterruptedUploads {
  readonly #listeners = new Set<() => void>();
  /** Ends this tab's claim on an upload, by id. */
  readonly #claims = new Map<string, AbortController>();
  #offered: readonly KeptUpload[] = [];

  constructor(
    readonly kept: KeptUploads,
    readonly place: string,
    readonly environment: Pick<Environment, "claim">,
  ) {}

  /** Uploads that continue if the user chooses their file again. A new array for every change. */
  offered = (): readonly KeptUpload[] => this.#offered;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Looks for uploads of closed pages. Those of open tabs are offered when these end. */
  look(): void {
    for (const { id, place } of this.kept.all())
      if (place === this.place && !this.#claims.has(id)) void this.#offer(id);
  }

  /** Whether an upload is offered that this file continues. */
  has(file: File): boolean {
    return this.#offered.some(isOf(file));
  }

  /** The upload that this file continues, which is then no longer offered. */
  take(file: File): KeptUpload | undefined {
    const found = this.#offered.find(isOf(file));
    if (!found) return undefined;
    this.#set(this.#offered.filter((upload) => upload !== found));
    return found.until > Date.now() ? found : void this.ended(found.id);
  }

  /** This tab has begun an upload. */
  begun({ name, size, lastModified }: File, id: string, until: number): void {
    this.kept.add({ id, place: this.place, name, size, modified: lastModified, sent: 0, until });
    void this.#claim(id);
  }

  moved(id: string, sent: number): void {
    this.kept.moved(id, sent);
  }

  /** It is complete, or was given up. */
  ended(id: string): void {
    this.kept.remove(id);
    this.#claims.get(id)?.abort();
    this.#claims.delete(id);
    this.#set(this.#offered.filter((upload) => upload.id !== id));
  }

  /** Leaves everything to other tabs. */
  stop(): void {
    for (const claim of this.#claims.values()) claim.abort();
    this.#claims.clear();
    this.#set([]);
  }

  async #offer(id: string): Promise<void> {
    const claim = await this.#claim(id);
    if (claim.aborted) return;
    // As it is now: another tab may have continued it before it ended.
    const upload = this.kept.find(id);
    if (upload) this.#set([...this.#offered, upload]);
    else this.ended(id);
  }

  async #claim(id: string): Promise<AbortSignal> {
    const claim = new AbortController();
    this.#claims.set(id, claim);
    await this.environment.claim(`campana.upload.${id}`, claim.signal);
    return claim.signal;
  }

  #set(offered: readonly KeptUpload[]): void {
    if (offered.length === this.#offered.length) return;
    this.#offered = offered;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The content is not compared: the server's copy is of the file as it was, and so is this one, by its time of change. */
function isOf(file: File): (upload: KeptUpload) => boolean {
  return ({ name, size, modified }) => name === file.name && size === file.size && modified === file.lastModified;
}
