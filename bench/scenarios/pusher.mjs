// Publishing over HTTP to 1,000 subscribers of the Pusher protocol: throughput, and one publish at a time.
import { failuresOf, microsecondsPerFrame, millisecondsPerPublish, ratioOf, rowOf } from "../lib/crowd.mjs";
import { generate } from "../lib/generator.mjs";
import { rest } from "../lib/processes.mjs";
import { BARE, CAMPANA, startCampana, startObjects } from "../lib/systems.mjs";

const SUBSCRIBERS = 1_000;
/** Publishes before the measurement, so that every engine has compiled its hot code. */
const HEATING = { subscribers: 100, inFlight: 4, publishes: 1_000, fewer: 300 };
const TURNS = [
  {
    name: "throughput",
    title: `publishing to ${SUBSCRIBERS} sockets by HTTP, 8 publishes under way`,
    subscribers: SUBSCRIBERS,
    inFlight: 8,
    publishes: 200,
    fewer: 80,
  },
  {
    name: "latency",
    title: `publishing to ${SUBSCRIBERS} sockets by HTTP, one at a time`,
    subscribers: SUBSCRIBERS,
    inFlight: 1,
    publishes: 150,
    fewer: 50,
  },
];

export const pusher = {
  names: ["pusher"],

  /** All turns in one set of engines, with the systems in turn. */
  async run({ binary, folder, runs, quick, progress }) {
    const systems = [await startCampana(folder, []), (await startObjects(folder))[1]];
    try {
      for (const system of systems) {
        progress(`heating ${system.name}`);
        await generate(binary, publishArguments(HEATING, quick), system.channel("heating"));
      }
      return await measure(systems, { binary, runs, quick, progress });
    } finally {
      await Promise.all(systems.map((system) => system.stop()));
    }
  },
};

/** Another server of the Pusher protocol under the same load. */
export async function measure(systems, { binary, runs, quick, progress }) {
  const pids = systems.map(({ pid }) => pid).filter(Boolean);
  const results = TURNS.map((turn) => ({
    turn,
    failures: [],
    reports: Object.fromEntries(systems.map(({ name }) => [name, []])),
  }));
  for (let run = 0; run < runs; run += 1) {
    for (const { turn, failures, reports } of results) {
      for (const system of systems) {
        progress(`pusher ${turn.name}, run ${run + 1} of ${runs}, ${system.name}`);
        await rest(pids);
        const target = system.channel(`${turn.name}-${run}`);
        const report = await generate(binary, publishArguments(turn, quick), target);
        reports[system.name].push(report);
        failures.push(...failuresOf(report).map((failure) => `run ${run + 1}, ${system.name}: ${failure}`));
      }
      failures.push(...unequal(reports));
    }
  }
  return results.map(resultOf);
}

export function publishArguments({ subscribers, inFlight, publishes, fewer, warmUp }, quick) {
  return [
    ...["publish", "--subscribers", String(subscribers), "--in-flight", String(inFlight)],
    ...["--publishes", String(quick ? fewer : publishes), "--warm-up", String(warmUp ?? (quick ? 16 : 32))],
  ];
}

/** A system that sends smaller frames would have less work. */
function unequal(reports) {
  const sizes = new Set(Object.values(reports).map((list) => list.at(-1).frame_bytes));
  return sizes.size === 1 ? [] : [`frames are of different sizes: ${[...sizes].join(", ")} bytes`];
}

function resultOf({ turn, failures, reports }) {
  const row = rowOf(reports);
  const figures = [];
  if (reports[BARE]) {
    const against = (label, pick, target) => ratioOf(reports, `pusher ${label}`, pick, CAMPANA, BARE, target);
    const cost = against("engine time per frame", microsecondsPerFrame);
    if (turn.name === "throughput") {
      figures.push(
        against("frames/s", (report) => report.frames_per_second, { target: 0.9, bound: "at least" }),
        cost,
      );
    } else {
      figures.push(
        against("last delivery p50", ({ last_delivery }) => last_delivery?.p50_ms),
        against("last delivery p99", ({ last_delivery }) => last_delivery?.p99_ms),
        cost,
      );
    }
  }
  return {
    name: `pusher, ${turn.name}`,
    title: turn.title,
    rows: [
      row("publishes/s", (report) => report.publishes_per_second, 1),
      row("frames/s", (report) => report.frames_per_second, 0),
      row("last delivery p50, ms", ({ last_delivery }) => last_delivery?.p50_ms),
      row("last delivery p99, ms", ({ last_delivery }) => last_delivery?.p99_ms),
      row("answer p50, ms", ({ answer }) => answer?.p50_ms),
      row("answer p99, ms", ({ answer }) => answer?.p99_ms),
      row("processor: engine, ms/publish", millisecondsPerPublish),
      row("processor: engine, us/frame", microsecondsPerFrame, 1),
      row("processor: engine", (report) => report.cpu.engine ?? Number.NaN),
      row("processor: load generator", (report) => report.cpu.generator),
      row("processor: others (noise)", (report) => report.cpu.others ?? Number.NaN),
    ],
    figures,
    notes: [],
    failures,
    raw: reports,
  };
}
