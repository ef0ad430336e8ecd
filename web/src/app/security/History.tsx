import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { usePanicAlerts } from "../../alerts/hooks";
import { useLive } from "../../cache";
import type { AlertQuery, AlertStatus } from "../../client";
import { alertStrings } from "../alerts/strings";
import { AlertItem } from "./AlertItem";

const PAGE = 30;
const STATUSES: AlertStatus[] = ["resolved", "false_alarm", "cancelled", "responding", "acknowledged", "triggered"];

interface Filters {
  status: string;
  kind: "all" | "real" | "drills";
  /** Days, as a date field gives them; empty for any. */
  since: string;
  until: string;
}

const NO_FILTERS: Filters = { status: "closed", kind: "all", since: "", until: "" };

/** Closed alerts, newest first. */
export function History({ openId }: { openId: string | undefined }) {
  const { client } = useLive();
  const { closedAlerts } = usePanicAlerts();
  const [filters, setFilters] = useState(NO_FILTERS);
  // Alerts closed since the fetch belong to the list.
  const newest = closedAlerts[0]?.updated_at;
  const { data, isError, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery({
    queryKey: ["alerts", "history", filters, newest],
    queryFn: ({ pageParam }) => client.alerts.list({ ...queryOf(filters), limit: PAGE, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    placeholderData: (before) => before,
    // No socket event updates the list while it is hidden.
    staleTime: 0,
    refetchOnMount: "always",
  });
  const alerts = data?.pages.flatMap((page) => page.data) ?? [];
  const text = alertStrings.security;
  return (
    <>
      <FilterForm filters={filters} onFilters={setFilters} />
      {isPending && <p className="security-nothing">{text.loading}</p>}
      {isError && !data && (
        <p className="security-nothing" role="alert">
          {text.failed}{" "}
          <button type="button" className="link-button" onClick={() => void refetch()}>
            {text.retry}
          </button>
        </p>
      )}
      {data && alerts.length === 0 && <p className="security-nothing muted">{text.noHistory}</p>}
      <ul className="alert-items">
        {alerts.map((alert) => (
          <AlertItem key={alert.id} alert={alert} isOpen={alert.id === openId} />
        ))}
      </ul>
      {hasNextPage && (
        <button
          type="button"
          className="button security-more"
          disabled={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {text.more}
        </button>
      )}
    </>
  );
}

function FilterForm({ filters, onFilters }: { filters: Filters; onFilters: (filters: Filters) => void }) {
  const text = alertStrings.security.filters;
  const set = (change: Partial<Filters>) => onFilters({ ...filters, ...change });
  return (
    <fieldset className="security-filters">
      <legend className="visually-hidden">{text.label}</legend>
      <label>
        {text.status}
        <select className="field" value={filters.status} onChange={({ target }) => set({ status: target.value })}>
          <option value="closed">{text.closed}</option>
          <option value="">{text.all}</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {alertStrings.status[status]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {text.kind}
        <select
          className="field"
          value={filters.kind}
          onChange={({ target }) => set({ kind: target.value as Filters["kind"] })}
        >
          <option value="all">{text.all}</option>
          <option value="real">{text.real}</option>
          <option value="drills">{text.drills}</option>
        </select>
      </label>
      <label>
        {text.since}
        <input
          className="field"
          type="date"
          value={filters.since}
          onChange={({ target }) => set({ since: target.value })}
        />
      </label>
      <label>
        {text.until}
        <input
          className="field"
          type="date"
          value={filters.until}
          onChange={({ target }) => set({ until: target.value })}
        />
      </label>
    </fieldset>
  );
}

/** Days are in the browser's time zone; the last one is inclusive. */
function queryOf({ status, kind, since, until }: Filters): AlertQuery {
  const dayAfter = new Date(`${until}T00:00:00`);
  dayAfter.setDate(dayAfter.getDate() + 1);
  return {
    status: (status || undefined) as AlertQuery["status"],
    drill: kind === "all" ? undefined : kind === "drills",
    since: since ? new Date(`${since}T00:00:00`).toISOString() : undefined,
    until: until ? dayAfter.toISOString() : undefined,
  };
}
