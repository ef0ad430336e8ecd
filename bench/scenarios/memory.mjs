// Memory per idle socket: the engine's resident memory before and after 1,000 of them.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { generate } from "../lib/generator.mjs";
import * as seed from "../lib/seed.mjs";
import { ratios, spread } from "../lib/statistics.mjs";
import { BARE, CAMPANA, NODE, startCampana, startNode, startObjects } from "../lib/systems.mjs";

const SOCKETS = 1_000;
const KIBIBYTE = 1024;

export const memory = {
  names: ["memory"],

  /** Every run has fresh engines, because a process does not return memory. */
  async run({ binary, folder, runs, quick, progress }) {
    const count = quick ? 1 : runs;
    // Long enough for an idle object to hibernate.
    const settle = quick ? 4 : 12;
    const reports = {};
    for (let run = 0; run < count; run += 1) {
      progress(`memory, run ${run + 1} of ${count}`);
      const runFolder = mkdtempSync(join(folder, "memory-"));
      const group = seed.conversation(seed.conversationId(0), { members: SOCKETS + 1, messages: 0 });
      const campana = await startCampana(runFolder, [...seed.people(SOCKETS + 1), ...group]);
      const [, bare] = await startObjects(runFolder);
      const systems = [campana, bare, await startNode()];
      const scenario = ["idle", "--sockets", String(SOCKETS), "--settle-seconds", String(settle)];
      try {
        // In parallel, because the measurement only waits once the sockets are open.
        await Promise.all(
          systems.map(async (system) => {
            reports[system.name] ??= [];
            reports[system.name].push(await generate(binary, scenario, system.room(0)));
          }),
        );
      } finally {
        await Promise.all(systems.map((system) => system.stop()));
      }
    }
    return [resultOf(reports)];
  },
};

function resultOf(reports) {
  const perSocket = (report) => report.bytes_per_socket / KIBIBYTE;
  const row = (label, pick, digits) => ({
    label,
    digits,
    values: Object.fromEntries(Object.entries(reports).map(([name, list]) => [name, spread(list.map(pick))])),
  });
  const mebibytes = (bytes) => bytes / KIBIBYTE / KIBIBYTE;
  return {
    name: "memory",
    title: `${SOCKETS} idle sockets in one conversation`,
    rows: [
      row("per idle socket, KiB", perSocket, 1),
      row("engine before, MiB", (report) => mebibytes(report.before_bytes), 0),
      row("engine after, MiB", (report) => mebibytes(report.after_bytes), 0),
      row("engine at most, MiB", (report) => mebibytes(report.peak_bytes), 0),
      row("opening all of them, s", (report) => report.connect_seconds),
    ],
    figures: [BARE, NODE].map((other) => ({
      label: `memory: per idle socket, campana / ${other}`,
      value: ratios(reports[CAMPANA].map(perSocket), reports[other].map(perSocket)),
    })),
    notes: [],
    failures: [],
    raw: reports,
  };
}
