// scripts/crash: runs the model and prints what came of it.
import { parseArgs } from "node:util";
import { LEAST_PEOPLE, runModel } from "./model.mjs";
import { lineOf, tableOf } from "./report.mjs";

const USAGE = `usage: scripts/crash [--kills N] [--seed N] [--people N]

Kills the engine again and again while people talk, and compares everything that was acknowledged with what is there.
  --kills N    how often, 20 unless told otherwise
  --seed N     what people do and when the engine dies; any number unless told otherwise
  --people N   how many, 20 unless told otherwise and at least ${LEAST_PEOPLE}`;

function options() {
  const number = { type: "string" };
  const { values } = parseArgs({
    options: { kills: number, seed: number, people: number, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const read = (name, otherwise, least) => {
    const value = Number(values[name] ?? otherwise);
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} is a number from ${least} on`);
    return value;
  };
  return {
    kills: read("kills", 20, 1),
    seed: read("seed", Date.now() % 1_000_000, 0),
    people: read("people", 20, LEAST_PEOPLE),
  };
}

let wanted;
try {
  wanted = options();
} catch (error) {
  console.error(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}
console.log(`seed ${wanted.seed}, ${wanted.people} people, ${wanted.kills} kills`);
let told = 0;
const report = await runModel({
  ...wanted,
  onKill(round, { violations }) {
    console.log(lineOf(round));
    const lines = violations.lines();
    for (const line of lines.slice(told)) console.log(`      ${line}`);
    told = lines.length;
  },
});
console.log(`\n${tableOf(report)}`);
for (const line of report.violations.lines().slice(told)) console.log(line);
process.exit(report.violations.total === 0 ? 0 : 1);
