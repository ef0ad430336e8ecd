import type { QueryClient } from "@tanstack/react-query";
import { Alarm, PanicAlerts } from "../alerts";
import { createQueryClient, LiveCache } from "../cache";
import { CampanaClient, type Problem } from "../client";
import { type DemoPerson, demoToken } from "./demo";

/** One person, signed in. Another person gets another session: nothing of it is shared. */
export interface Session {
  person: DemoPerson;
  queries: QueryClient;
  live: LiveCache;
  /** What those see who attend to panic alerts. */
  alerts: PanicAlerts;
  /** One's own panic alert. */
  alarm: Alarm;
}

export function createSession(person: DemoPerson, onProblem: (problem: Problem) => void): Session {
  const queries = createQueryClient();
  const client = new CampanaClient({ getToken: () => demoToken(person.id) });
  const me = { user_id: person.id, name: person.name, isAdmin: person.roles.includes("admin") };
  const live = new LiveCache(client, queries, me, onProblem);
  const apartment = person.apartment ? { address: person.apartment } : undefined;
  const storage = window.localStorage;
  const alarm = new Alarm({ client, userId: person.id, storage, ...(apartment && { apartment }) });
  return { person, queries, live, alerts: new PanicAlerts({ client }), alarm };
}
