import type { PanicAlert, Problem } from "../client";
import type { PendingAlert } from "./pendingAlert";
import type { Place } from "./placeReports";

/**
 * Delivery state of the user's own alert. `retrying`: the last attempt failed and another follows. `refused`: the refusal
 * is permanent. `kept`: an unsent alert older than 30 min; it is sent only if the user confirms. `withdrawn`: cancelled, and
 * the server never had it.
 */
export type Delivery = "sending" | "retrying" | "sent" | "refused" | "kept" | "withdrawn";

export interface OwnAlert {
  delivery: Delivery;
  drill: boolean;
  /** When the button was pressed, milliseconds. */
  at: number;
  /** The newest state from the server. */
  alert: PanicAlert | undefined;
  problem: Problem | undefined;
  /** Whether the server has the user's location. */
  place: Place;
}

/** The state without the fields that are derived. */
export type OwnState = Omit<OwnAlert, "place">;

export function ownOf(pending: PendingAlert): Omit<OwnState, "delivery"> {
  return { drill: pending.draft.drill ?? false, at: pending.at, alert: undefined, problem: undefined };
}

export function ownOfAlert(alert: PanicAlert): Omit<OwnState, "delivery"> {
  return { drill: alert.drill, at: Date.parse(alert.created_at), alert, problem: undefined };
}
