import type { Api } from "./api";
import type { Attachment } from "./protocol";
import type { KeptUploads } from "./uploads/keptUploads";
import { Resumable } from "./uploads/resumable";
import type { Transport } from "./uploads/transport";
import { endUpload } from "./uploads/tus";
import { WholeFile } from "./uploads/wholeFile";

/** An address is asked for again this long before it ends, milliseconds. */
const BEFORE_END_MS = 30_000;
/** A device's clock may be wrong, so no address is kept longer, milliseconds. */
const AT_MOST_MS = 270_000;
/** Number of addresses above which ended ones are forgotten. */
const MANY = 200;

interface FileLink {
  url: string;
  expires_at: string;
}

interface Known {
  link: Promise<FileLink>;
  /** Milliseconds since the epoch; until the answer, never. */
  until: number;
}

/** HTTP API of files: how they are uploaded, and addresses under which elements of a page get them without a token. */
export class FileApi {
  /** Ways of uploads; the first that takes a file carries it. */
  readonly transports: readonly Transport[];
  readonly #links = new Map<string, Known>();

  constructor(
    readonly api: Api,
    /** The user's uploads that outlive a page; absent: none do. */
    readonly kept?: KeptUploads,
  ) {
    this.transports = [new Resumable(api), new WholeFile(api)];
  }

  /** Ends an upload that is not complete. */
  endUpload(id: string): Promise<void> {
    return endUpload(this.api, id);
  }

  /**
   * An address of a file for the next minutes, or of its variant with this name. It is the user's own, so it is kept in memory only. It ends, and
   * with it what an element still loads, with the user's right to read the file.
   */
  async address(file: Pick<Attachment, "id" | "url" | "variants">, variant?: string): Promise<string> {
    const { url } = await this.#link(file);
    const address = this.api.address(url);
    const smaller = file.variants.find(({ name }) => name === variant);
    for (const [name, value] of this.api.address(smaller?.url ?? "").searchParams)
      address.searchParams.set(name, value);
    return address.href;
  }

  /** Asks again the next time: an element could not load the address. */
  forget({ id }: Pick<Attachment, "id">): void {
    this.#links.delete(id);
  }

  #link({ id, url }: Pick<Attachment, "id" | "url">): Promise<FileLink> {
    const begun = Date.now();
    const known = this.#links.get(id);
    if (known && known.until > begun) return known.link;
    const link = this.api.json<FileLink>(`${url}/link`, { method: "POST" });
    const fresh: Known = { link, until: Number.POSITIVE_INFINITY };
    this.#prune(begun);
    this.#links.set(id, fresh);
    link.then(
      ({ expires_at }) => {
        fresh.until = Math.min(Date.parse(expires_at) - BEFORE_END_MS, begun + AT_MOST_MS);
      },
      () => {
        if (this.#links.get(id) === fresh) this.#links.delete(id);
      },
    );
    return link;
  }

  #prune(now: number): void {
    if (this.#links.size < MANY) return;
    for (const [id, { until }] of this.#links) if (until <= now) this.#links.delete(id);
  }
}
