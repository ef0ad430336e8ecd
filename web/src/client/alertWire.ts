/** What goes over the wire about panic alerts: resources, and frames of the dashboard's socket (`campana.v1`). */
import type { ErrorFrame, Person } from "./wire";

export type AlertStatus = "triggered" | "acknowledged" | "responding" | "resolved" | "cancelled" | "false_alarm";

/** Somebody, as alerts name them: the id is a number where the application's is. */
export interface AlertPerson {
  id: string | number;
  name: string;
}

/** Where somebody is. Nothing of it may be known. */
export interface AlertPlace {
  /** Degrees. */
  lat: number | null;
  lng: number | null;
  /** In words. */
  string: string | null;
  /** Within so many metres. */
  accuracy: number | null;
  /** What told it: `gps`, `network`, `manual`. */
  source: string | null;
  at: string | null;
}

/** An alert as it stands: the payload of every event about it, and of every answer. */
export interface PanicAlert {
  alert_id: string | number;
  /** The same, always a text. */
  id: string;
  user: AlertPerson;
  apartment: { id: string | number | null; address: string | null };
  location: AlertPlace;
  status: AlertStatus;
  timestamp: string;
  time_ago: string;
  note: string | null;
  drill: boolean;
  presses: number;
  escalation_level: number;
  acknowledged_by: AlertPerson | null;
  acknowledged_at: string | null;
  responding_at: string | null;
  resolved_at: string | null;
  closed_by: AlertPerson | null;
  closed_at: string | null;
  reason: string | null;
  created_at: string;
  updated_at: string;
  /** Only for those who take alerts: whoever raised it was made to cancel it. */
  duress?: boolean;
  /** Only for those who take alerts. */
  wrong_pins?: number;
}

/** A place as it is sent. */
export interface Spot {
  lat: number;
  lng: number;
  string?: string;
  accuracy?: number;
  source?: string;
  at?: string;
}

/** An alert as it is raised. The client makes the id, so that trying again never raises a second one. */
export interface AlertDraft {
  id: string;
  apartment?: { id?: string | number; address?: string };
  location?: Spot;
  note?: string;
  drill?: boolean;
}

export interface AlertCause {
  reason?: string;
  note?: string;
}

/** Something that happened to an alert. `data` depends on `what`. */
export interface TimelineEntry {
  number: number;
  at: string;
  /** `null` if time did it. */
  by: AlertPerson | null;
  what: string;
  data?: Record<string, unknown>;
}

/** A place of an alert's trail. */
export interface Sighting {
  number: number;
  lat: number;
  lng: number;
  string: string | null;
  accuracy: number | null;
  source: string | null;
  at: string;
}

/** How far an alert got with one person, by one way. Each time is the first. */
export interface AlertDelivery {
  user_id: string | number;
  /** As far as it is known. */
  name?: string | null;
  via: "socket" | "channel" | "push" | "http";
  sent_at: string | null;
  delivered_at: string | null;
  seen_at: string | null;
  acknowledged_at: string | null;
}

export type ReceiptState = "delivered" | "seen";

export type AlertEventName = "panic-alert.triggered" | "panic-alert.updated";

/** `seq` is its place in the order of all that happens at the desk; a person's own socket gives none. */
export interface AlertNews {
  event: AlertEventName;
  seq?: number;
  id: string;
  partial: PanicAlert;
  at: string;
}

export interface AlertWelcome {
  type: "welcome";
  epoch: string;
  head: number;
  you: Person;
  keep_alive_ms: number;
}

/** Alerts as they stand. After the last of the open ones, an open alert that the client knows of besides is over. */
export interface AlertsFrame {
  type: "alerts";
  alerts: PanicAlert[];
  complete: boolean;
}

export type DeskFrame =
  | AlertWelcome
  | AlertsFrame
  | { type: "resumed"; head: number }
  | { type: "reset"; epoch: string; head: number }
  | ErrorFrame
  | AlertNews;

export type DashboardFrame =
  | { type: "receipt"; ids: string[]; state: ReceiptState }
  | { type: "resume"; epoch: string; seq: number };

/** Alerts in one receipt at most. */
export const MAX_RECEIPTS = 100;

/** Whether something is still to be done about it. */
export function isOpen({ status }: Pick<PanicAlert, "status">): boolean {
  return status === "triggered" || status === "acknowledged" || status === "responding";
}

export function isSamePerson(one: AlertPerson | null, id: string): boolean {
  return one !== null && String(one.id) === id;
}
