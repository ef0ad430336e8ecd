/** Panic alerts: the store of those who attend to them, and the alarm of those who need help. Hooks for React are in `hooks`. */
export { Alarm, type AlarmOptions, type Delivery, type OwnAlert } from "./alarm";
export { Announcements } from "./announcements";
export { type EchoLike, forgetEcho, useEcho } from "./echo";
export { browserLocationTracker, LocationTracker, type Positions } from "./locationTracker";
export { type AlertsSnapshot, PanicAlerts, type PanicAlertsOptions } from "./panicAlerts";
export { CANCEL_WINDOW_MS, HOLD_MS, PanicPress, type PressState } from "./panicPress";
