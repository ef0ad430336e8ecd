import type { QueryClient } from "@tanstack/react-query";
import { Alarm, PanicAlerts } from "../alerts";
import { createQueryClient, LiveCache } from "../cache";
import { CampanaClient, KeptUploads, type Problem } from "../client";
import { type DemoPerson, demoToken } from "./demo";
import { deviceStorage } from "./deviceStorage";

/** Everything of one signed-in user. Sessions share no state. */
export interface Session {
  person: DemoPerson;
  queries: QueryClient;
  live: LiveCache;
  /** Panic alerts, for guards. */
  alerts: PanicAlerts;
  /** The user's own panic alert. */
  alarm: Alarm;
}

export function createSession(person: DemoPerson, onProblem: (problem: Problem) => void): Session {
  const queries = createQueryClient();
  const client = new CampanaClient({
    getToken: () => demoToken(person.id),
    keptUploads: new KeptUploads(deviceStorage, person.id),
  });
  const me = { user_id: person.id, name: person.name, isAdmin: person.roles.includes("admin") };
  const live = new LiveCache(client, queries, me, onProblem);
  const apartment = person.apartment ? { address: person.apartment } : undefined;
  const alarm = new Alarm({ client, userId: person.id, storage: deviceStorage, ...(apartment && { apartment }) });
  return { person, queries, live, alerts: new PanicAlerts({ client }), alarm };
}
