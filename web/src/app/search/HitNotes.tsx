import { Problem } from "../../client";
import { strings } from "../strings";

interface Props {
  found: {
    hits: unknown[];
    error: Error | null;
    isFetching: boolean;
    isPlaceholderData: boolean;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isEmptyEnd: boolean;
    refetch: () => unknown;
    fetchNextPage: () => unknown;
  };
  none: string;
}

/** What a list of hits says besides: that it is coming, is empty or has failed, and how many there are. */
export function HitNotes({ found, none }: Props) {
  const { hits, error, isFetching, isPlaceholderData, hasNextPage, isEmptyEnd } = found;
  const text = strings.search;
  const isComing = (isFetching && hits.length === 0) || isPlaceholderData || isEmptyEnd;
  if (error) {
    return (
      <p role="alert" className="search-note">
        {whyFailed(Problem.of(error))}{" "}
        <button type="button" className="link-button" onClick={() => void found.refetch()}>
          {text.retry}
        </button>
      </p>
    );
  }
  const count = text.found(hits.length, hasNextPage);
  return (
    <p role="status" className={hits.length > 0 && !isComing ? "visually-hidden" : "search-note"}>
      {isComing ? text.searching : hits.length > 0 ? count : hasNextPage ? "" : none}
    </p>
  );
}

/** Below the hits. */
export function MoreHits({ found }: Pick<Props, "found">) {
  const { hits, error, hasNextPage, isFetchingNextPage, isPlaceholderData, isEmptyEnd } = found;
  const text = strings.search;
  if (!hasNextPage || isPlaceholderData || error || isEmptyEnd) return null;
  return (
    <div className="search-more">
      <button
        type="button"
        className="button small-button"
        disabled={isFetchingNextPage}
        onClick={() => void found.fetchNextPage()}
      >
        {isFetchingNextPage ? text.searching : hits.length > 0 ? text.more : text.further}
      </button>
    </div>
  );
}

function whyFailed(problem: Problem): string {
  const text = strings.search;
  if (problem.status === 429) return text.tooFast(Math.max(1, Math.ceil((problem.retryAfterMs ?? 1_000) / 1_000)));
  if (problem.slug === "unavailable") return text.unavailable;
  if (problem.status === 0 || problem.status >= 500) return text.failed;
  return text.refused(problem.detail ?? problem.message);
}
