// 1,000 idle subscribers of the Pusher protocol: memory, processor time, and the first publish after the objects hibernate.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { failuresOf, ratioOf, rowOf } from "../lib/crowd.mjs";
import { generate } from "../lib/generator.mjs";
import { BARE, CAMPANA, startCampana, startObjects } from "../lib/systems.mjs";

const SOCKETS = 1_000;
const KIBIBYTE = 1024;

export const pusherIdle = {
  names: ["pusher-idle"],

  /** Every run has fresh engines, because a process does not return memory. */
  async run({ folder, runs, quick, ...rest }) {
    const count = quick ? 1 : Math.min(runs, 3);
    const start = async () => {
      const runFolder = mkdtempSync(join(folder, "pusher-idle-"));
      return [await startCampana(runFolder, []), (await startObjects(runFolder))[1]];
    };
    return measureIdle(start, { ...rest, runs: count, quick });
  },
};

/** @param {() => Promise<object[]>} start the systems of a run, which are stopped after it */
export async function measureIdle(start, { binary, runs, quick, progress }) {
  const reports = {};
  const failures = [];
  // Long enough for an idle object to hibernate.
  const [settle, watch] = quick ? [12, 20] : [12, 60];
  for (let run = 0; run < runs; run += 1) {
    progress(`pusher-idle, run ${run + 1} of ${runs}`);
    const systems = await start();
    const scenario = ["asleep", "--subscribers", `${SOCKETS}`, "--settle-seconds", `${settle}`];
    try {
      // Sequential, because the first delivery takes milliseconds.
      for (const system of systems) {
        const args = [...scenario, "--watch-seconds", `${watch}`];
        const report = await generate(binary, args, system.channel(`idle-${run}`));
        reports[system.name] ??= [];
        reports[system.name].push(report);
        failures.push(...failuresOf(report).map((failure) => `run ${run + 1}, ${system.name}: ${failure}`));
      }
    } finally {
      await Promise.all(systems.map((system) => system.stop()));
    }
  }
  return [resultOf(reports, failures, watch)];
}

function resultOf(reports, failures, watch) {
  const row = rowOf(reports);
  const perSocket = ({ memory }) => (memory?.bytes_per_socket ?? Number.NaN) / KIBIBYTE;
  const mebibytes = (bytes) => (bytes ?? Number.NaN) / KIBIBYTE / KIBIBYTE;
  const against = (label, pick) => ratioOf(reports, `pusher-idle: ${label}`, pick, CAMPANA, BARE);
  return {
    name: "pusher-idle",
    title: `${SOCKETS} idle sockets that listen to one channel and ping every 30 s`,
    rows: [
      row("per idle socket, KiB", perSocket, 1),
      row("engine before, MiB", ({ memory }) => mebibytes(memory?.before_bytes), 0),
      row("engine after, MiB", ({ memory }) => mebibytes(memory?.after_bytes), 0),
      row("opening all of them, s", (report) => report.connect_seconds),
      row("processor: engine, ms a minute", (report) => report.engine_ms_per_minute ?? Number.NaN, 0),
      row("first delivery to all, ms", (report) => report.first_delivery_ms, 1),
      row("next deliveries to all, p50, ms", (report) => report.next_delivery_ms, 1),
    ],
    figures: reports[BARE]
      ? [against("per idle socket", perSocket), against("first delivery", (report) => report.first_delivery_ms)]
      : [],
    notes: [`the first publish comes ${watch} s after the last activity other than pings`],
    failures,
    raw: reports,
  };
}
