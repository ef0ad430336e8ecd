// Everybody in a conversation reacts to the newest message at once, compared with everybody sending a message at once.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { generate } from "../lib/generator.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { ratios, spread } from "../lib/statistics.mjs";
import { startCampana } from "../lib/systems.mjs";

const PEOPLE = 200;
const SENDS = "sends";
const REACTIONS = "reactions";

export const reactions = {
  names: ["reactions"],

  async run({ binary, folder, runs, quick, wanted, progress }) {
    if (!wanted("reactions")) return [];
    const groups = Array.from({ length: runs }, (_, run) =>
      seed.conversation(seed.conversationId(run), { members: PEOPLE, messages: 0 }),
    );
    const system = await startCampana(mkdtempSync(join(folder, "reactions-")), [
      ...seed.people(PEOPLE),
      ...groups.flat(),
    ]);
    try {
      const reports = [];
      for (let run = 0; run < runs; run += 1) {
        progress(`reactions, run ${run + 1} of ${runs}`);
        await rest([system.pid]);
        const scenario = ["together", "--people", `${PEOPLE}`, "--rounds", quick ? "6" : "20"];
        reports.push(await generate(binary, scenario, system.room(run)));
      }
      return [resultOf(reports)];
    } finally {
      await system.stop();
    }
  },
};

function resultOf(reports) {
  const row = (label, pick, digits) => ({
    label,
    digits,
    values: {
      [SENDS]: spread(reports.map(({ sends }) => pick(sends))),
      [REACTIONS]: spread(reports.map(({ reactions }) => pick(reactions))),
    },
  });
  const perSecond = (share) => share.events_per_second;
  return {
    name: "reactions",
    title: `${PEOPLE} people act at once: each sends a message, then each reacts to the newest`,
    rows: [
      row("events/s", perSecond, 0),
      row("events per frame", ({ events, frames }) => events / frames),
      row("processor: engine, us/event", ({ engine_us_per_event: us }) => us ?? Number.NaN, 1),
    ],
    figures: [
      {
        label: "reactions: events/s, reactions / sends",
        value: ratios(
          reports.map(({ reactions }) => perSecond(reactions)),
          reports.map(({ sends }) => perSecond(sends)),
        ),
        target: 1,
        bound: "at least",
      },
    ],
    notes: [],
    failures: reports.flatMap(({ sends, reactions, errors }, run) => {
      const disordered = sends.disordered + reactions.disordered;
      return [
        ...(disordered > 0 ? [`run ${run + 1}: ${disordered} events arrived twice or out of order`] : []),
        ...errors.slice(0, 5).map((error) => `run ${run + 1}: ${error}`),
      ];
    }),
    raw: reports,
  };
}
