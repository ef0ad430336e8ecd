// Measures how long alerts take to reach a dashboard while one user raises and cancels all the time, against an idle desk.
// Run by hand:
//
//     node security/flood-latency.mjs [alerts] [rounds]
import * as alerts from "../support/alerts.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const ALERTS = Number(process.argv[2] ?? 200);
const ROUNDS = Number(process.argv[3] ?? 2_000);

const world = await startWorld({ limits: WIDE });
const guard = alerts.guard(world, "20");
const dashboard = await alerts.dashboard(guard);
let users = 0;

/** 99th percentile, milliseconds, of the time from a request to its event, of `ALERTS` alerts, or more while `goesOn`. */
async function latency(goesOn = () => false) {
  const times = [];
  while (times.length < ALERTS || goesOn()) {
    users += 1;
    const person = world.person(`other-${users}`);
    const began = performance.now();
    const alert = await alerts.raise(person);
    await alerts.nextEvent(dashboard, alerts.TRIGGERED, alert);
    times.push(performance.now() - began);
    await alerts.end(guard, alert);
  }
  times.sort((a, b) => a - b);
  return times[Math.ceil(times.length * 0.99) - 1];
}

const idle = await latency();
const flooder = world.person("flooder");
const first = await alerts.raise(flooder);
let rounds = 0;
const flood = (async () => {
  while (rounds < ROUNDS) {
    await alerts.actOk(flooder, first, "cancel");
    await alerts.raise(flooder);
    rounds += 1;
  }
})();
const busy = await latency(() => rounds < ROUNDS);
await flood;
await dashboard.close();
await world.stop();
console.log(
  `p99 ${idle.toFixed(1)} ms idle, ${busy.toFixed(1)} ms during ${rounds} rounds: ${(busy / idle).toFixed(2)} x`,
);
