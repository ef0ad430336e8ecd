// The command behind scripts/fuzz.
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { KIND_NAMES, Run } from "./run.mjs";

const DEFAULT_INPUTS = 2_000;
const USAGE = `scripts/fuzz [--seed N] [--inputs N] [--minutes M] [--kind KIND]... [--rss FILE] [--base-time MS]
  --seed N        of the generator; without it any, which is printed: the same seed makes the same inputs again
  --inputs N      inputs of each kind, ${DEFAULT_INPUTS} by default
  --minutes M     as many as there are in so long, or until there were N
  --kind KIND     one of ${KIND_NAMES.join(", ")}; may be repeated, all by default
  --rss FILE      appends a line every ten seconds: time, inputs, delays of bystanders, the engine's resident memory
  --base-time MS  reference for times in inputs, Unix milliseconds; default: now
scripts/fuzz --seed N --base-time MS --kind KIND --only-input K...
                  sends these inputs of a run again, and nothing else`;

const options = readOptions();
const { rss, ...runOptions } = options;
console.log(`seed ${runOptions.seed}, base time ${runOptions.baseTime}, ${runOptions.kinds.join(", ")}`);
let hasHead = false;
const say = (line) => console.log(line);
const run = await new Run(runOptions, say, measured).go();
await findCulprit();
const inputs = [...run.counts].map(([kind, count]) => `${kind} ${count}`).join(", ");
const outcomes = [...run.outcomes].sort().map(([outcome, count]) => `${outcome}: ${count}`);
console.log(`\n${outcomes.join(", ")}`);
console.log(`${inputs}; ${run.failures.size} different failures`);
for (const [name, { times }] of run.failures) console.log(`  ${times} x ${name}`);
if (run.failures.size > 0) process.exitCode = 1;

/** Finds the input that caused a panic among the pending ones, by sending each to a fresh world. */
async function findCulprit() {
  const panic = run.hasPanicked && [...run.failures.values()].find(({ entries }) => entries.length > 1);
  for (const { kind, number } of panic ? panic.entries : []) {
    const alone = new Run({ ...runOptions, kinds: [kind], only: [number] }, () => {});
    if (await alone.panics()) say(`it is ${kind} ${number}`);
  }
}

function measured(row) {
  const { seconds, inputs, per_second, delay_p50_ms, delay_max_ms, engine_kib, generator_kib, failures } = row;
  console.log(
    `${seconds} s: ${inputs} inputs, ${per_second}/s; bystanders p50 ${delay_p50_ms} ms, max ${delay_max_ms} ms; ` +
      `engine ${Math.round(engine_kib / 1_024)} MiB, generator ${Math.round(generator_kib / 1_024)} MiB; ${failures} failures`,
  );
  if (!rss) return;
  const named = { time: new Date().toISOString(), ...row };
  if (!hasHead) appendFileSync(rss, `${Object.keys(named).join(",")}\n`);
  hasHead = true;
  appendFileSync(rss, `${Object.values(named).join(",")}\n`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: "string" },
        inputs: { type: "string" },
        minutes: { type: "string" },
        kind: { type: "string", multiple: true },
        rss: { type: "string" },
        "base-time": { type: "string" },
        "only-input": { type: "string", multiple: true },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const kinds = values.kind ?? KIND_NAMES;
    const unknown = kinds.find((kind) => !KIND_NAMES.includes(kind));
    if (unknown) throw new Error(`there is no kind ${unknown}`);
    if (values["only-input"] && kinds.length !== 1) throw new Error("--only-input needs one --kind");
    return {
      seed: number("seed", values.seed) ?? Math.floor(Math.random() * 1_000_000),
      baseTime: number("base-time", values["base-time"]) ?? Date.now(),
      inputs: number("inputs", values.inputs) ?? (values.minutes ? undefined : DEFAULT_INPUTS),
      minutes: number("minutes", values.minutes),
      only: values["only-input"]?.map((text) => number("only-input", text)),
      kinds,
      rss: values.rss,
    };
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function number(name, text) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} takes a number`);
  return value;
}
