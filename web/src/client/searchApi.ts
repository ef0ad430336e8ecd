import type { Api } from "./api";
import type { MessageHit, Page, PersonHit, RoomHit } from "./protocol";

const PAGE = 20;

/** What is searched for among messages. Absent fields are not restricted. */
export interface SearchQuery {
  /** Words and operators. */
  q: string;
  /** A conversation's id. */
  in?: string | undefined;
  /** `me`, or a user's id. */
  from?: string | undefined;
  has?: "file" | "image" | "link" | undefined;
}

/** A kind of hits, by the name that the server has for it. */
export interface HitsOf {
  messages: MessageHit;
  people: PersonHit;
  rooms: RoomHit;
}

/** `GET /api/chat/search`. A page may be empty and have a cursor. */
export class SearchApi {
  constructor(readonly api: Api) {}

  find<K extends keyof HitsOf>(
    type: K,
    query: SearchQuery,
    { cursor, signal }: { cursor?: string | undefined; signal?: AbortSignal } = {},
  ): Promise<Page<HitsOf[K]>> {
    const parameters = { ...query, type, limit: PAGE, cursor };
    return this.api.json("/api/chat/search", { query: parameters, ...(signal && { signal }) });
  }
}
