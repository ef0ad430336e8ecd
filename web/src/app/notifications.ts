import { useEffect, useState } from "react";
import type { Preferences } from "../client";

/** Maximum delay of `setTimeout`. */
const LONGEST_MS = 2 ** 31 - 1;

/** The end of a mute of notifications; undefined if there is none, or it has passed. */
export function mutedUntil(preferences: Preferences | null | undefined, now = Date.now()): string | undefined {
  const until = preferences?.notifications_muted_until;
  return until && Date.parse(until) > now ? until : undefined;
}

/** Whether the user gets no notifications of any message. */
export function isQuiet(preferences: Preferences | null | undefined, now = Date.now()): boolean {
  return preferences?.notify === "none" || mutedUntil(preferences, now) !== undefined;
}

/** The end of a mute of notifications; the component renders again when it has passed. */
export function useNotificationsMutedUntil(preferences: Preferences | null | undefined): string | undefined {
  const [, setEnded] = useState<string>();
  const until = mutedUntil(preferences);
  useEffect(() => {
    if (until === undefined) return;
    const timer = setTimeout(() => setEnded(until), Math.min(Date.parse(until) - Date.now(), LONGEST_MS));
    return () => clearTimeout(timer);
  }, [until]);
  return until;
}
