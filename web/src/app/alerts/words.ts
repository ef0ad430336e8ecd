import { alertOfRefusal, isOpen, type PanicAlert } from "../../client";
import { alertStrings } from "./strings";

/** Short text of the place where help is needed. */
export function whereOf({ apartment, location }: PanicAlert): string {
  const known = apartment.address ?? location.string;
  if (known !== null) return known;
  const { lat, lng } = location;
  return lat === null || lng === null ? alertStrings.unknownPlace : coordinates(lat, lng);
}

/** To a metre. */
export function coordinates(lat: number, lng: number): string {
  return `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
}

/** Age of a time in short form. A time in the future, from a clock behind the server's, counts as now. */
export function agoOf(at: string | number, now: number): string {
  const { ago } = alertStrings;
  const seconds = Math.floor((now - new Date(at).getTime()) / 1_000);
  if (seconds < 10) return ago.now;
  if (seconds < 60) return ago.seconds(seconds);
  if (seconds < 3_600) return ago.minutes(Math.floor(seconds / 60));
  if (seconds < 86_400) return ago.hours(Math.floor(seconds / 3_600));
  return ago.days(Math.floor(seconds / 86_400));
}

/** Why an act was refused with a 409: which guard was first, or how the alert ended. Undefined for other errors. */
export function beatenBy(error: unknown): string | undefined {
  const text = alertStrings.security.acts;
  const alert = alertOfRefusal(error);
  if (!alert) return undefined;
  return isOpen(alert) ? text.lost(alert.acknowledged_by?.name ?? "") : text.over(alertStrings.status[alert.status]);
}

export function isUnanswered({ status }: PanicAlert): boolean {
  return status === "triggered";
}

/** The most urgent unacknowledged alert: the newest real one before any drill. */
export function mostUrgent(alerts: PanicAlert[]): PanicAlert | undefined {
  const waiting = alerts.filter(isUnanswered);
  return waiting.find(({ duress }) => duress) ?? waiting.find(({ drill }) => !drill) ?? waiting[0];
}

/** Key of an alert's announcement; it is announced again only when the key changes. */
export function urgencyOf({ id, status, duress }: PanicAlert): string | undefined {
  if (duress) return `${id} duress`;
  return status === "triggered" ? id : undefined;
}

/** One sentence for any number of alerts. */
export function announcementOf(alerts: PanicAlert[]): string {
  const text = alertStrings.announce;
  const first = alerts.find(({ duress }) => duress) ?? alerts.find(({ drill }) => !drill) ?? alerts[0];
  if (!first) return "";
  const what = first.duress ? text.duress : first.drill ? text.drill : text.alert;
  const distinct = new Set(alerts.map(({ id }) => id)).size;
  return distinct === 1
    ? text.one(what, first.user.name, whereOf(first))
    : text.many(distinct, what, first.user.name, whereOf(first));
}
