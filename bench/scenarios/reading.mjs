// Cost of reading as a conversation grows: the newest page, and the authorization of a member.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { generate } from "../lib/generator.mjs";
import { growthOf } from "../lib/growth.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { startCampana } from "../lib/systems.mjs";

const SMALL = { messages: 1_000, members: 1_000 };
const LARGE = { messages: 1_000_000, members: 100_000 };
const SIZES = [SMALL, { messages: 100_000, members: 100_000 }, LARGE];

/** Many short turns, so that compared sizes are measured within a second of each other. */
const TURNS_PER_RUN = 3;

const name = ({ messages, members }) => `${messages} msg, ${members} mbr`;

export const reading = {
  names: ["reading"],

  /** Each size has its own database and engine; the sizes run in turn. */
  async run({ binary, folder, runs, quick, progress }) {
    const systems = [];
    try {
      for (const size of SIZES) {
        progress(`reading: writing ${name(size)}`);
        const sizeFolder = mkdtempSync(join(folder, "reading-"));
        const statements = [...seed.people(size.members), ...seed.conversation(seed.conversationId(0), size)];
        systems.push({ ...(await startCampana(sizeFolder, statements)), size });
      }
      const reports = Object.fromEntries(SIZES.map((size) => [name(size), []]));
      const turns = runs * TURNS_PER_RUN;
      for (let turn = 0; turn < turns; turn += 1) {
        for (const system of systems) {
          progress(`reading, turn ${turn + 1} of ${turns}, ${name(system.size)}`);
          await rest(systems.map(({ pid }) => pid));
          const [pages, connects] = quick ? [50, 10] : [100, 20];
          const scenario = [
            ...["reading", "--pages", String(pages), "--connects", String(connects)],
            ...["--members", String(system.size.members), "--run", String(turn)],
          ];
          reports[name(system.size)].push(await generate(binary, scenario, system.room(0)));
        }
      }
      return [resultOf(reports)];
    } finally {
      await Promise.all(systems.map((system) => system.stop()));
    }
  },
};

function resultOf(reports) {
  const { row, figure } = growthOf("reading", reports);
  const growth = (label, pick) => figure(label, pick, name(SMALL), name(LARGE));
  return {
    name: "reading",
    title: "newest page (GET) and authorization (socket to welcome) as a conversation grows",
    rows: [
      row("newest page p50, ms", ({ page }) => page.p50_ms),
      row("newest page p99, ms", ({ page }) => page.p99_ms),
      row("authorization p50, ms", ({ connect }) => connect.p50_ms),
      row("authorization p99, ms", ({ connect }) => connect.p99_ms),
    ],
    figures: [
      growth("newest page p50", ({ page }) => page.p50_ms),
      growth("authorization p50", ({ connect }) => connect.p50_ms),
    ],
    notes: [],
    failures: [],
    raw: reports,
  };
}
