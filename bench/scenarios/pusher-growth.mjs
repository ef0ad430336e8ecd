// Cost of a publish as the number of subscribers and of gateways grows.
import { readFileSync } from "node:fs";
import { failuresOf, microsecondsPerFrame, millisecondsPerPublish, rowOf } from "../lib/crowd.mjs";
import { generate } from "../lib/generator.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { ratios } from "../lib/statistics.mjs";
import { startCampana, startObjects } from "../lib/systems.mjs";
import { publishArguments } from "./pusher.mjs";

const SUBSCRIBERS = [10, 100, 1_000, 10_000];
const GATEWAYS = [1, 2, 4, 8];
const CROWD = 1_000;
/** Frames per turn at every size, and the maximum of publishes. */
const FRAMES = { full: 100_000, quick: 30_000 };
const MOST_PUBLISHES = 500;
const HEATING = { subscribers: 100, inFlight: 4, publishes: 500, fewer: 300 };
/** Open files of the engine besides its sockets, and per socket. */
const OTHER_FILES = 500;
const FILES_PER_SOCKET = 2;
const STEP = 500;

export const pusherGrowth = {
  names: ["pusher-growth"],

  /** One engine for all sizes, with one app per number of gateways; the sizes run in turn. */
  async run({ binary, folder, runs, quick, progress }) {
    const count = quick ? 1 : Math.min(runs, 3);
    const campana = await startCampana(folder, GATEWAYS.flatMap(seed.appWithGateways));
    const bare = (await startObjects(folder))[1];
    const pids = [campana.pid, bare.pid];
    const { sizes, notes } = fitting();
    const bySubscribers = { kind: "listeners", reports: {}, bares: {}, failures: [], notes };
    const byGateways = { kind: "gateways", reports: {}, failures: [], notes: [] };
    const once = async (into, column, scenario, target) => {
      await rest(pids);
      const report = await generate(binary, scenario, target);
      into[column] ??= [];
      into[column].push(report);
      return failuresOf(report).map((failure) => `${column}: ${failure}`);
    };
    try {
      for (const system of [campana, bare]) {
        await generate(binary, publishArguments(HEATING, quick), system.channel("heating", appOf(1)));
      }
      for (let run = 0; run < count; run += 1) {
        for (const subscribers of sizes) {
          progress(`pusher-growth, run ${run + 1} of ${count}, ${subscribers} listeners`);
          const [column, scenario] = [`${subscribers} listeners`, scenarioOf(subscribers, quick)];
          const number = `${subscribers}-${run}`;
          const { reports, bares, failures } = bySubscribers;
          failures.push(...(await once(reports, column, scenario, campana.channel(number, appOf(1)))));
          failures.push(...(await once(bares, column, scenario, bare.channel(number))));
        }
        for (const gateways of GATEWAYS) {
          progress(`pusher-growth, run ${run + 1} of ${count}, ${gateways} gateways`);
          const target = campana.channel(`crowd-${run}`, appOf(gateways));
          const { reports, failures } = byGateways;
          failures.push(...(await once(reports, `${gateways} gateways`, scenarioOf(CROWD, quick), target)));
        }
      }
      return [listenersOf(bySubscribers), gatewaysOf(byGateways)];
    } finally {
      await Promise.all([campana, bare].map((system) => system.stop()));
    }
  },
};

function appOf(gateways) {
  const name = `gateways-${gateways}`;
  return { id: name, key: `${name}-key` };
}

function scenarioOf(subscribers, quick) {
  const frames = quick ? FRAMES.quick : FRAMES.full;
  const publishes = Math.min(MOST_PUBLISHES, Math.max(5, Math.round(frames / subscribers)));
  const warmUp = Math.ceil(publishes / 10);
  return publishArguments({ subscribers, inFlight: 1, publishes, fewer: publishes, warmUp }, quick);
}

/** The sizes that the open-file limit permits, and a note about the difference. */
function fitting() {
  const most = Math.floor((openFiles() - OTHER_FILES) / FILES_PER_SOCKET / STEP) * STEP;
  const largest = SUBSCRIBERS.at(-1);
  if (largest <= most) return { sizes: SUBSCRIBERS, notes: [] };
  const sizes = [...SUBSCRIBERS.filter((subscribers) => subscribers < most), most];
  return { sizes, notes: [`${most} instead of ${largest}: a process may open ${openFiles()} files here`] };
}

/** Open-file limit of this process and its children. */
function openFiles() {
  try {
    const line = readFileSync("/proc/self/limits", "utf8").match(/^Max open files\s+(\d+)/m);
    return Number(line?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    // Without /proc the limit is unknown, and a failed open is reported.
    return Number.POSITIVE_INFINITY;
  }
}

function rowsOf(reports) {
  const row = rowOf(reports);
  return [
    row("processor: engine, ms/publish", millisecondsPerPublish),
    row("processor: engine, us/frame", microsecondsPerFrame, 1),
    row("last delivery p50, ms", ({ last_delivery }) => last_delivery?.p50_ms),
    row("last delivery p99, ms", ({ last_delivery }) => last_delivery?.p99_ms),
    row("answer p50, ms", ({ answer }) => answer?.p50_ms),
  ];
}

function growth(reports, label, pick, small, large, target = {}) {
  const value = ratios((reports[large] ?? []).map(pick), (reports[small] ?? []).map(pick));
  return { label: `pusher-growth: ${label}, ${large} / ${small}`, value, ...target };
}

function listenersOf({ reports, bares, failures, notes }) {
  const columns = Object.keys(reports);
  const [small, large] = [`${CROWD} listeners`, columns.at(-1)];
  return {
    name: "pusher-growth, listeners",
    title: "one publish at a time, one gateway, as those who listen grow",
    rows: [
      ...rowsOf(reports),
      rowOf(bares)("bare object: engine, ms/publish", millisecondsPerPublish),
      rowOf(bares)("bare object: last delivery p50, ms", ({ last_delivery }) => last_delivery?.p50_ms),
    ],
    // The cost of a frame must not grow with the number of frames.
    figures: [
      growth(reports, "engine time per frame", microsecondsPerFrame, small, large, { target: 1.3, bound: "at most" }),
    ],
    notes,
    failures,
    raw: { reports, bares },
  };
}

function gatewaysOf({ reports, failures, notes }) {
  const [small, large] = [`${GATEWAYS[0]} gateways`, `${GATEWAYS.at(-1)} gateways`];
  return {
    name: "pusher-growth, gateways",
    title: `one publish at a time to ${CROWD} sockets, as the gateways grow that hold them`,
    rows: rowsOf(reports),
    figures: [
      growth(reports, "engine time per publish", millisecondsPerPublish, small, large, {
        target: 1.5,
        bound: "at most",
      }),
    ],
    notes,
    failures,
    raw: reports,
  };
}
