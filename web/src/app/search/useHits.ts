import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { keys, useLive } from "../../cache";
import type { HitsOf, Page, SearchQuery } from "../../client";

/** Empty pages in a row that are fetched by themselves; after them the user decides. */
const MOST_EMPTY = 5;
/** New messages are found within seconds. */
const FRESH_MS = 10_000;

/** Pages of hits. A search that is replaced by another is cancelled; its hits stay until those of the other are there. */
export function useHits<K extends keyof HitsOf>(type: K, query: SearchQuery, isEnabled: boolean) {
  const { search } = useLive().client;
  const found = useInfiniteQuery({
    queryKey: keys.search(type, query),
    queryFn: ({ pageParam, signal }): Promise<Page<HitsOf[K]>> =>
      search.find(type, query, { cursor: pageParam, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    enabled: isEnabled,
    staleTime: FRESH_MS,
    refetchOnMount: true,
    retry: false,
  });
  const { data, hasNextPage, isFetching, isError, isPlaceholderData, fetchNextPage } = found;
  const pages = data?.pages ?? [];
  const emptyAtEnd = pages.length - 1 - pages.findLastIndex((page) => page.data.length > 0);
  const goesOn = isEnabled && hasNextPage && !isFetching && !isError && !isPlaceholderData;
  const isEmptyEnd = goesOn && emptyAtEnd > 0 && emptyAtEnd % MOST_EMPTY !== 0;
  useEffect(() => {
    if (isEmptyEnd) void fetchNextPage();
  }, [isEmptyEnd, fetchNextPage]);
  return { ...found, hits: isEnabled ? pages.flatMap((page) => page.data) : [], isEmptyEnd };
}
