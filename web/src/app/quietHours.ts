import type { DoNotDisturb } from "../client";

export type Day = NonNullable<DoNotDisturb["days"]>[number];

/** In the order of a calendar. */
export const DAYS: Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Hours without pushes as the form has them. */
export interface QuietHours {
  isOn: boolean;
  from: string;
  to: string;
  zone: string;
  days: Day[];
}

export function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** The time zones that the browser knows, with `own` and that of the settings, which may be another spelling. */
export function timeZones(own: string, chosen: string): string[] {
  const known = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  return [...new Set(["UTC", ...known, own, chosen])].sort();
}

export function quietHoursOf(hours: DoNotDisturb | null, own = ownTimeZone()): QuietHours {
  if (!hours) return { isOn: false, from: "22:00", to: "07:00", zone: own, days: DAYS };
  const { from, to, time_zone, days } = hours;
  return { isOn: true, from, to, zone: time_zone, days: days ?? DAYS };
}

/** As the server has them; absent days are all. */
export function doNotDisturbOf({ isOn, from, to, zone, days }: QuietHours): DoNotDisturb | null {
  if (!isOn) return null;
  const chosen = DAYS.filter((day) => days.includes(day));
  return { from, to, time_zone: zone, ...(chosen.length < DAYS.length && { days: chosen }) };
}

/** The name of a day of the week in the page's language. */
export function dayName(day: Day, style: "short" | "long"): string {
  // 1 January 2024 was a Monday.
  const date = new Date(Date.UTC(2024, 0, 1 + DAYS.indexOf(day)));
  return new Intl.DateTimeFormat(document.documentElement.lang || undefined, {
    weekday: style,
    timeZone: "UTC",
  }).format(date);
}
