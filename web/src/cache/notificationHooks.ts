import { skipToken, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Notification, NotificationPreferences, ScheduledMessage } from "../client";
import { useCached, useLive } from "./hooks";
import { keys } from "./keys";
import type { NotificationFilter } from "./notifications";
import type { NotificationList, Panel } from "./types";

/** Fetches a list on every mount, for changes that no event reports. */
const FRESH = { staleTime: 0, refetchOnMount: "always" } as const;

/** The number of unread notifications. */
export function useNotificationCount(): number {
  const live = useLive();
  return useQuery({ queryKey: keys.notificationCount, queryFn: () => live.notifications.count() }).data ?? 0;
}

/** Loaded pages of notifications, newest first. Fetched again when shown: an invite that is over has no event. */
export function useNotifications(filter: NotificationFilter) {
  const live = useLive();
  return useQuery<NotificationList>({
    queryKey: keys.notifications(filter),
    queryFn: () => live.notifications.load(filter),
    ...FRESH,
  });
}

export function useNotification(id: string): Notification | undefined {
  return useCached(keys.notification(id));
}

/** What the user wants to be notified of: fetched on every mount, because no event reports a change on another device. */
export function useNotificationPreferences() {
  const live = useLive();
  return useQuery<NotificationPreferences>({
    queryKey: keys.notificationPreferences,
    queryFn: () => live.client.notifications.preferences(),
    ...FRESH,
  });
}

/** The messages that the user has scheduled. `isFresh`: fetched again. */
export function useScheduled({ isFresh = false } = {}) {
  const live = useLive();
  return useQuery<ScheduledMessage[]>({
    queryKey: keys.scheduled,
    queryFn: () => live.scheduled.load(),
    ...(isFresh && FRESH),
  });
}

/** The open panel, and the function that opens one or closes it. */
export function usePanel(): [Panel | undefined, (panel: Panel | null) => void] {
  const { store } = useLive();
  const panel = useCached<Panel | null>(keys.panel) ?? undefined;
  return [panel, (next) => store.set<Panel | null>(keys.panel, next)];
}

/** The name of a user whom the page does not know, fetched if `isWanted`. */
export function useUserName(id: string, isWanted: boolean): string | undefined {
  const live = useLive();
  return useQuery({
    queryKey: keys.user(id),
    queryFn: isWanted ? () => live.client.api.user(id) : skipToken,
    retry: false,
  }).data?.name;
}

/** Calls `act` once for a value of the cache that another part of the page has left, and removes it. */
export function useLeft<T>(queryKey: readonly unknown[], act: (value: T) => void): void {
  const { store } = useLive();
  const value = useCached<T | null>(queryKey) ?? undefined;
  useEffect(() => {
    if (value === undefined) return;
    store.set<T | null>(queryKey, null);
    act(value);
  });
}
