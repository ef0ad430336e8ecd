import { notifyManager, QueryClient } from "@tanstack/react-query";
import { Problem } from "../client";

let waiting: (() => void)[] = [];

/** Batches notifications in a microtask: a frame can carry a hundred events, and components render once, before the next paint. */
function notifyInBatch(notify: () => void): void {
  waiting.push(notify);
  if (waiting.length > 1) return;
  queueMicrotask(() => {
    const batch = waiting;
    waiting = [];
    for (const each of batch) each();
  });
}

notifyManager.setScheduler(notifyInBatch);

/**
 * Sockets keep the cache fresh, so entries never become stale, are never dropped, and are not refetched on window focus.
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
        // `navigator.onLine` can be wrong, so requests are always tried.
        networkMode: "always",
        structuralSharing: false,
        retry: (failures, error) => failures < 5 && (!(error instanceof Problem) || error.isTemporary),
        retryDelay: (failures) => Math.min(500 * 2 ** failures, 8_000),
      },
      // An act fails at once without a network: by default it would be paused, and happen later, when nobody expects it.
      mutations: { networkMode: "always", retry: false },
    },
  });
}
