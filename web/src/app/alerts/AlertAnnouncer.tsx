import { useEffect, useMemo, useRef, useState } from "react";
import { Announcements } from "../../alerts";
import { usePanicAlerts } from "../../alerts/hooks";
import type { PanicAlert } from "../../client";
import { announcementOf, urgencyOf } from "./words";

/** Announces unacknowledged alerts to screen readers, a burst in one sentence. */
export function AlertAnnouncer() {
  const { activeAlerts } = usePanicAlerts();
  const [words, setWords] = useState("");
  const announcements = useMemo(() => new Announcements<PanicAlert>((alerts) => setWords(announcementOf(alerts))), []);
  const announced = useRef<Set<string>>(new Set());
  useEffect(() => () => announcements.stop(), [announcements]);
  useEffect(() => {
    const urgent = activeAlerts.filter((alert) => urgencyOf(alert) !== undefined);
    announcements.add(urgent.filter((alert) => !announced.current.has(urgencyOf(alert) ?? "")));
    announced.current = new Set(urgent.map((alert) => urgencyOf(alert) ?? ""));
  }, [activeAlerts, announcements]);
  return (
    <div className="visually-hidden alert-news" role="alert">
      {words}
    </div>
  );
}
