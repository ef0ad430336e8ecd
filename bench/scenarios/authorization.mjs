// Authorization of reading a room, among 10 rooms and among 100,000.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { generate } from "../lib/generator.mjs";
import { growthOf } from "../lib/growth.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { startCampana } from "../lib/systems.mjs";

const FEW = 10;
const MANY = 100_000;
const ROOMS_OF_EACH = 4;
const TURNS_PER_RUN = 3;

const name = (rooms) => `${rooms} rooms, ${rooms} people`;

export const authorization = {
  names: ["authorization"],

  /** Each size is a database of its own, in an engine of its own; the sizes take turns. */
  async run({ binary, folder, runs, quick, progress }) {
    const systems = [];
    try {
      for (const rooms of [FEW, MANY]) {
        progress(`authorization: writing ${name(rooms)}`);
        const statements = [...seed.people(rooms), ...seed.rooms(rooms, ROOMS_OF_EACH)];
        systems.push({ ...(await startCampana(mkdtempSync(join(folder, "rooms-")), statements)), rooms });
      }
      const reports = { [name(FEW)]: [], [name(MANY)]: [] };
      for (let turn = 0; turn < runs * TURNS_PER_RUN; turn += 1) {
        for (const system of systems) {
          progress(`authorization, turn ${turn + 1} of ${runs * TURNS_PER_RUN}, ${name(system.rooms)}`);
          await rest(systems.map(({ pid }) => pid));
          const requests = quick ? 50 : 150;
          const scenario = ["rooms", "--requests", `${requests}`, "--rooms", `${system.rooms}`, "--run", `${turn}`];
          reports[name(system.rooms)].push(await generate(binary, scenario, system.room(0)));
        }
      }
      return [resultOf(reports)];
    } finally {
      await Promise.all(systems.map((system) => system.stop()));
    }
  },
};

function resultOf(reports) {
  const { row, figure } = growthOf("authorization", reports);
  const growth = (label, pick) => figure(label, pick, name(FEW), name(MANY));
  return {
    name: "authorization",
    title: "a private room is shown to its member, and not to anybody else (GET), as rooms and people grow",
    rows: [
      row("member p50, ms", ({ allowed }) => allowed.p50_ms),
      row("member p99, ms", ({ allowed }) => allowed.p99_ms),
      row("stranger p50, ms", ({ refused }) => refused.p50_ms),
      row("stranger p99, ms", ({ refused }) => refused.p99_ms),
    ],
    figures: [
      growth("member p50", ({ allowed }) => allowed.p50_ms),
      growth("stranger p50", ({ refused }) => refused.p50_ms),
    ],
    notes: [],
    failures: [],
    raw: reports,
  };
}
