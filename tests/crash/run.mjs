// scripts/crash: runs the model and prints its report.
import { parseArgs } from "node:util";
import { LEAST_PEOPLE, runModel } from "./model.mjs";
import { lineOf, tableOf } from "./report.mjs";

const USAGE = `usage: scripts/crash [--kills N] [--seed N] [--people N]

Kills the engine repeatedly while users chat, and compares everything that was acknowledged with the server's state.
  --kills N    number of kills; default: 20
  --seed N     seed of the users' actions and crash points; default: random
  --people N   number of users; default: 20, at least ${LEAST_PEOPLE}`;

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
let printed = 0;
const report = await runModel({
  ...wanted,
  onKill(round, { violations }) {
    console.log(lineOf(round));
    const lines = violations.lines();
    for (const line of lines.slice(printed)) console.log(`      ${line}`);
    printed = lines.length;
  },
});
console.log(`\n${tableOf(report)}`);
for (const line of report.violations.lines().slice(printed)) console.log(line);
process.exit(report.violations.total === 0 ? 0 : 1);
