import { Problem } from "../client";
import { strings } from "./strings";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** The server schedules no further ahead. */
export const MAX_AHEAD_MS = 365 * 24 * HOUR_MS;
/** Hour of the morning that is offered. */
const MORNING = 9;

/** Times that are offered, by the clock of the user's time zone. */
export function offeredTimes(now: Date): { label: string; at: Date }[] {
  const text = strings.scheduled;
  const morning = (daysAhead: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + daysAhead, MORNING, 0, 0, 0);
  const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(morning(1));
  // On a Sunday, Monday is tomorrow.
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { label: text.hour, at: new Date(now.getTime() + HOUR_MS) },
    { label: text.tomorrow(time), at: morning(1) },
    ...(toMonday > 1 ? [{ label: text.monday(time), at: morning(toMonday) }] : []),
  ];
}

/** As the value of a field for date and time, in the user's time zone. */
export function fieldValue(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS);
  return local.toISOString().slice(0, 16);
}

/** Why a message cannot be sent at a time; undefined if it can. */
export function faultOf(at: Date, now: Date): string | undefined {
  if (Number.isNaN(at.getTime())) return strings.scheduled.past;
  if (at <= now) return strings.scheduled.past;
  return at.getTime() > now.getTime() + MAX_AHEAD_MS ? strings.scheduled.tooFar : undefined;
}

/** What to say when the server has refused to schedule a message for `at`. */
export function refusalOf(error: unknown, at: Date, now = new Date()): string {
  const problem = Problem.of(error);
  const { unreachable, why, other } = strings.problem;
  if (problem.status === 0) return unreachable;
  if (problem.isAbout("send_at")) return faultOf(at, now) ?? strings.scheduled.past;
  if (problem.slug === "conflict") return strings.scheduled.tooMany;
  return why[problem.slug] ?? strings.scheduled.why[problem.slug] ?? other(problem.detail ?? problem.message);
}
