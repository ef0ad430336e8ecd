// An import of a dump into an empty app, as scripts/import runs it.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { Backend } from "../../scripts/lib/transfer/backend.mjs";
import { Importer } from "../../scripts/lib/transfer/importer.mjs";
import { dump } from "../../tests/support/dump.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { spread } from "../lib/statistics.mjs";
import { startCampana } from "../lib/systems.mjs";

const MESSAGES = 100_000;
const QUICK_MESSAGES = 20_000;
const PEOPLE = 500;
/** Messages are spread over many conversations, or they are in two. */
const SPREAD = { name: "1,000 conversations", people: PEOPLE, rooms: 1_000 };
const FEW = { name: "2 conversations", people: 2, rooms: 1 };
const APP = { id: "1", key: "demo-key", secret: seed.SECRET };
/** Messages a second. */
const TARGET = 3_000;

export const imports = {
  names: ["import"],

  async run({ folder, runs, quick, wanted, progress }) {
    if (!wanted("import")) return [];
    const messages = quick ? QUICK_MESSAGES : MESSAGES;
    const reports = [];
    for (let run = 0; run < runs; run += 1) {
      const report = {};
      for (const shape of [SPREAD, FEW]) {
        const system = await startCampana(mkdtempSync(join(folder, "import-")), []);
        try {
          await rest([system.pid]);
          progress(`import, run ${run + 1} of ${runs}, ${shape.name}`);
          report[shape.name] = await measure(system, dump({ ...shape, messages, seed: run + 1 }), messages);
        } finally {
          await system.stop();
        }
      }
      reports.push(report);
    }
    return [resultOf(reports, messages)];
  },
};

async function measure(system, lines, messages) {
  const texts = lines.map((line) => JSON.stringify(line));
  const refusals = [];
  const importer = new Importer(new Backend(system.url, APP), {
    name: "bench",
    onRefused: (_line, reason) => refusals.push(reason),
    onArrived() {},
  });
  const began = performance.now();
  await importer.run(placed(texts));
  await importer.open();
  const seconds = (performance.now() - began) / 1_000;
  const [{ n }] = await system.rows("SELECT count(*) AS n FROM messages");
  return { perSecond: messages / seconds, refusals, missing: messages - n };
}

function* placed(texts) {
  let offset = 0;
  for (const [index, text] of texts.entries()) {
    const end = offset + text.length + 1;
    yield { file: 0, offset, line: index + 1, text, end };
    offset = end;
  }
}

function resultOf(reports, messages) {
  const of = (shape) => spread(reports.map((report) => report[shape.name].perSecond));
  const values = { [SPREAD.name]: of(SPREAD), [FEW.name]: of(FEW) };
  return {
    name: "import",
    title: `an import of ${messages.toLocaleString("en")} messages into an empty app`,
    rows: [{ label: "messages/s", digits: 0, values }],
    figures: [
      { label: "import: messages/s", value: of(SPREAD), target: TARGET, bound: "at least", digits: 0, unit: "" },
      {
        label: "import: messages/s, 2 conversations",
        value: of(FEW),
        target: TARGET,
        bound: "at least",
        digits: 0,
        unit: "",
      },
    ],
    notes: [],
    failures: reports.flatMap((report, run) =>
      Object.entries(report).flatMap(([name, { refusals, missing }]) => [
        ...refusals.slice(0, 3).map((reason) => `run ${run + 1}, ${name}: ${reason}`),
        ...(missing === 0 ? [] : [`run ${run + 1}, ${name}: ${missing} messages are missing`]),
      ]),
    ),
    raw: reports,
  };
}
