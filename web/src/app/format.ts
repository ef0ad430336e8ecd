import { strings } from "./strings";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const exactClock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const exactDateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const fullDate = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const dateAndTime = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const dateInYear = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

const DAY_MS = 86_400_000;

/** Whole calendar days between two times, in the browser's time zone. */
export function daysBetween(earlier: Date, later: Date): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(later) - midnight(earlier)) / DAY_MS);
}

export function timeOfDay(at: string): string {
  return clock.format(new Date(at));
}

/** Time with seconds; with the day, unless it is today. */
export function timeWithSeconds(at: string, now = new Date()): string {
  const date = new Date(at);
  return (daysBetween(date, now) === 0 ? exactClock : exactDateAndTime).format(date);
}

export function exactMoment(at: string): string {
  return moment.format(new Date(at));
}

/** For the separator between two days. */
export function dayName(at: string, now = new Date()): string {
  const date = new Date(at);
  const days = daysBetween(date, now);
  if (days <= 0) return strings.day.today;
  if (days === 1) return strings.day.yesterday;
  if (days < 7) return weekday.format(date);
  return date.getFullYear() === now.getFullYear() ? dayAndMonth.format(date) : fullDate.format(date);
}

/** For a line of the inbox. */
export function shortTime(at: string, now = new Date()): string {
  const date = new Date(at);
  const days = daysBetween(date, now);
  if (days <= 0) return clock.format(date);
  if (days === 1) return strings.day.yesterday;
  return shortDate.format(date);
}

/** For an end time: only the time if it is today, only the day if it is a week away or more. */
export function endTime(at: string, now = new Date()): string {
  const date = new Date(at);
  const days = daysBetween(now, date);
  if (days === 0) return clock.format(date);
  if (days < 7) return dateAndTime.format(date);
  return date.getFullYear() === now.getFullYear() ? shortDate.format(date) : fullDate.format(date);
}

/** For a time to come: only the time if it is today, with the year if that is another. */
export function momentOf(at: string, now = new Date()): string {
  const date = new Date(at);
  if (daysBetween(now, date) === 0) return clock.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayAndTime : dateInYear).format(date);
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toUpperCase() ?? "").join("");
}

/** Index of one of eight colours, stable per user. */
export function tint(id: string): number {
  let hash = 2_166_136_261;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 16_777_619);
  }
  return (Math.imul(hash, 0x9e3779b1) >>> 18) % 8;
}
