import type { AlertNews, PanicAlert } from "../../src/client";
import { at } from "./world";

/** The `n`th alert; by default raised by Ana and not acknowledged. */
export function alertOf(n: number, over: Partial<PanicAlert> = {}): PanicAlert {
  const created = at(n);
  return {
    alert_id: `a${n}`,
    id: `a${n}`,
    user: { id: 7, name: "Ana" },
    apartment: { id: 101, address: "Apartment 101" },
    location: { lat: null, lng: null, string: null, accuracy: null, source: null, at: null },
    status: "triggered",
    timestamp: created,
    time_ago: "just now",
    note: null,
    drill: false,
    presses: 1,
    escalation_level: 0,
    acknowledged_by: null,
    acknowledged_at: null,
    responding_at: null,
    resolved_at: null,
    closed_by: null,
    closed_at: null,
    reason: null,
    created_at: created,
    updated_at: created,
    ...over,
  };
}

/** The alert, acknowledged by Ben at second `second`. */
export function takenAt(n: number, second: number): PanicAlert {
  const when = at(second);
  const by = { id: 8, name: "Ben" };
  return alertOf(n, { status: "acknowledged", acknowledged_by: by, acknowledged_at: when, updated_at: when });
}

export function resolvedAt(n: number, second: number): PanicAlert {
  const when = at(second);
  return alertOf(n, { status: "resolved", closed_at: when, resolved_at: when, updated_at: when });
}

export function triggered(alert: PanicAlert, seq?: number): AlertNews {
  const news = { event: "panic-alert.triggered" as const, id: alert.id, partial: alert, at: alert.updated_at };
  return seq === undefined ? news : { ...news, seq };
}

export function updated(alert: PanicAlert, seq?: number): AlertNews {
  return { ...triggered(alert, seq), event: "panic-alert.updated" };
}

export function deskWelcome(head = 0, epoch = "e1") {
  return { type: "welcome", epoch, head, you: { user_id: "8", name: "Ben" }, keep_alive_ms: 25_000 };
}

export function openOnes(alerts: PanicAlert[], complete = true) {
  return { type: "alerts", alerts, complete };
}

/** Server responses by method and path. A function is called for every request. */
export type Answers = Record<string, unknown | ((body: unknown) => unknown)>;

/** Thrown by an answer to send an error response. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly document: object = {},
    readonly headers: Record<string, string> = {},
  ) {}
}

/** A `fetch` with these answers. Other paths get 404; any other exception counts as a network failure. */
export function serverWith(answers: Answers): { fetch: typeof fetch; asked: { call: string; body: unknown }[] } {
  const asked: { call: string; body: unknown }[] = [];
  const answer = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(String(input));
    const call = `${init?.method ?? "GET"} ${pathname}`;
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
    asked.push({ call, body });
    const found = answers[call];
    if (found === undefined) return new Response("{}", { status: 404 });
    try {
      const value = typeof found === "function" ? await (found as (body: unknown) => unknown)(body) : found;
      return Response.json(value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw new TypeError("no network");
      return Response.json(error.document, { status: error.status, headers: error.headers });
    }
  };
  return { fetch: answer as typeof fetch, asked };
}
