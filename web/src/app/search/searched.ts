import { useMemo } from "react";
import { keys, useCached, useLive } from "../../cache";
import type { HitsOf, SearchQuery } from "../../client";

/** What the user searches for. It is kept while the page is open, so that the hits are there again after a jump to one of them. */
export interface Searched extends SearchQuery {
  type: keyof HitsOf;
}

const NOTHING: Searched = { type: "messages", q: "" };

export function useSearched() {
  const { store } = useLive();
  const searched = useCached<Searched>(keys.searched) ?? NOTHING;
  const acts = useMemo(
    () => ({
      change: (change: Partial<Searched>) => {
        store.set<Searched>(keys.searched, { ...(store.get<Searched>(keys.searched) ?? NOTHING), ...change });
      },
      /** Begins a search in a conversation. */
      begin: (conversationId: string) => store.set<Searched>(keys.searched, { ...NOTHING, in: conversationId }),
    }),
    [store],
  );
  return { searched, ...acts };
}
