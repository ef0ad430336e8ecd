import { notifyManager, QueryClient } from "@tanstack/react-query";
import { Problem } from "../client";

let waiting: (() => void)[] = [];

/** A frame can hold a hundred events: whoever watches hears of all of them at once, and before the next paint. */
function tellTogether(tell: () => void): void {
  waiting.push(tell);
  if (waiting.length > 1) return;
  queueMicrotask(() => {
    const told = waiting;
    waiting = [];
    for (const each of told) each();
  });
}

notifyManager.setScheduler(tellTogether);

/**
 * The sockets keep the cache fresh, so nothing is ever stale, dropped, or fetched again because a window got
 * the focus.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        refetchOnMount: false,
        // The browser can be wrong about being offline; a request finds out.
        networkMode: "always",
        structuralSharing: false,
        retry: (failures, error) => failures < 5 && (!(error instanceof Problem) || error.isTemporary),
        retryDelay: (failures) => Math.min(500 * 2 ** failures, 8_000),
      },
    },
  });
}
