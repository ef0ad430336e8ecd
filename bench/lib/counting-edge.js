// Wraps the built edge with counters: requests to the edge, calls to its objects, and their D1 queries. `/counts` returns them
// and is not counted. All code of a local worker shares one isolate, so one set of counters covers everything.
import { env } from "cloudflare:workers";
import edge, * as built from "./index.js";

export * from "./index.js";

const counts = { requests: 0, queries: 0, calls: 0, alarms: 0, messages: 0 };

/** Counts every later call of a method. */
function count(prototype, method, name, amount = () => 1) {
  const original = prototype[method];
  prototype[method] = function (...given) {
    counts[name] += amount(...given);
    return original.apply(this, given);
  };
}

const database = Object.getPrototypeOf(env.DB);
count(database, "batch", "queries", (statements) => statements.length);
count(database, "exec", "queries");
const statement = Object.getPrototypeOf(env.DB.prepare("SELECT 1"));
for (const method of ["all", "first", "run", "raw"]) count(statement, method, "queries");

for (const { prototype } of Object.values(built)) {
  if (prototype?.alarm === undefined) continue;
  count(prototype, "fetch", "calls");
  count(prototype, "alarm", "alarms");
  count(prototype, "webSocketMessage", "messages");
}

export default class extends edge {
  fetch(request) {
    if (new URL(request.url).pathname === "/counts") return Response.json(counts);
    counts.requests += 1;
    return super.fetch(request);
  }
}
