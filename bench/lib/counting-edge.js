// The built edge with a counter in front of it: what comes to the edge and to its objects, and what they ask of D1. It is
// asked at `/counts`, which is not counted. All of a worker's code here shares one isolate, so one counter hears of all.
import { env } from "cloudflare:workers";
import edge, * as built from "./index.js";

export * from "./index.js";

const counts = { requests: 0, queries: 0, calls: 0, alarms: 0, messages: 0 };

/** Counts every call of a method from now on. */
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
