/** Panic alerts: the live list for guards (`PanicAlerts`) and the user's own alert (`Alarm`). React hooks are in `hooks`. */
export { Alarm, type AlarmOptions } from "./alarm";
export { Announcements } from "./announcements";
export { type EchoLike, forgetEcho, useEcho } from "./echo";
export { browserLocationTracker, LocationTracker, type Positions } from "./locationTracker";
export type { Delivery, OwnAlert } from "./ownAlert";
export { type AlertsSnapshot, PanicAlerts, type PanicAlertsOptions } from "./panicAlerts";
export { CANCEL_WINDOW_MS, HOLD_MS, PanicPress, type PressState } from "./panicPress";
