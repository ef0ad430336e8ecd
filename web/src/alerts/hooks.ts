import { createContext, useContext, useSyncExternalStore } from "react";
import type { Alarm } from "./alarm";
import type { OwnAlert } from "./ownAlert";
import type { AlertsSnapshot, PanicAlerts } from "./panicAlerts";

const PanicAlertsContext = createContext<PanicAlerts | undefined>(undefined);
const AlarmContext = createContext<Alarm | undefined>(undefined);

export const PanicAlertsProvider = PanicAlertsContext.Provider;
export const AlarmProvider = AlarmContext.Provider;

type Actions = Pick<
  PanicAlerts,
  "init" | "cleanup" | "acknowledge" | "respond" | "resolve" | "falseAlarm" | "seen" | "keep"
>;

/**
 * The tenant's alerts, for guards. A component calls `init` on mount and `cleanup` on unmount; all share one connection.
 */
export function usePanicAlerts(): AlertsSnapshot & Actions {
  const alerts = useContext(PanicAlertsContext);
  if (!alerts) throw new Error("used outside of a PanicAlertsProvider");
  const snapshot = useSyncExternalStore(alerts.subscribe, alerts.snapshot);
  const { init, cleanup, acknowledge, respond, resolve, falseAlarm, seen, keep } = alerts;
  return { ...snapshot, init, cleanup, acknowledge, respond, resolve, falseAlarm, seen, keep };
}

/** The `Alarm` that raises the user's own alert. */
export function useAlarm(): Alarm {
  const alarm = useContext(AlarmContext);
  if (!alarm) throw new Error("used outside of an AlarmProvider");
  return alarm;
}

/** The user's own alert, if there is one. */
export function useOwnAlert(): OwnAlert | undefined {
  const alarm = useAlarm();
  return useSyncExternalStore(alarm.subscribe, alarm.snapshot);
}
