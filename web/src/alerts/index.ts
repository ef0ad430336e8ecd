/** Panic alerts: the store of those who attend to them, the button of those who need help, and hooks for React. */
export { Alarm, type AlarmOptions, type Delivery, type OwnAlert } from "./alarm";
export { Announcements } from "./announcements";
export { type EchoLike, forgetEcho, useEcho } from "./echo";
export * from "./hooks";
export { type AlertsSnapshot, PanicAlerts, type PanicAlertsOptions } from "./panicAlerts";
export { CANCEL_WINDOW_MS, HOLD_MS, PanicPress, type PressState } from "./press";
export { browserWhereabouts, type Positions, Whereabouts } from "./whereabouts";
