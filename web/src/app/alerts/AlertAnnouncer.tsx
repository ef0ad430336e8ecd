import { useEffect, useMemo, useRef, useState } from "react";
import { Announcements } from "../../alerts";
import type { PanicAlert } from "../../client";
import { announcementOf, urgencyOf } from "./words";

/** Announces the unacknowledged ones of these alerts to screen readers, a burst in one sentence. */
export function AlertAnnouncer({ alerts }: { alerts: PanicAlert[] }) {
  const [words, setWords] = useState("");
  const announcements = useMemo(() => new Announcements<PanicAlert>((urgent) => setWords(announcementOf(urgent))), []);
  const announced = useRef<Set<string>>(new Set());
  useEffect(() => () => announcements.stop(), [announcements]);
  useEffect(() => {
    const urgent = alerts.filter((alert) => urgencyOf(alert) !== undefined);
    announcements.add(urgent.filter((alert) => !announced.current.has(urgencyOf(alert) ?? "")));
    announced.current = new Set(urgent.map((alert) => urgencyOf(alert) ?? ""));
  }, [alerts, announcements]);
  return (
    <div className="visually-hidden alert-news" role="alert">
      {words}
    </div>
  );
}
