// The command behind scripts/fuzz parsers: builds the targets of fuzz/ with libFuzzer, and runs them until coverage stays the same.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { ROOT } from "./root.mjs";

const DEFAULT_INPUTS = 100_000;
const USAGE = `scripts/fuzz parsers [--inputs N] [--target TARGET]... [--seed N] [--keep]
  --inputs N       inputs of each target at least, ${DEFAULT_INPUTS} by default. A target goes on until the last tenth of its
                   inputs reached nothing new
  --target TARGET  a folder of fuzz/corpus; may be repeated, all by default
  --seed N         of the generator; without it, any
  --keep           adds to fuzz/corpus the inputs that reach more than those in it
A failure prints the file of the input: scripts/fuzz parsers --target TARGET --input FILE runs it again.`;

const CORPUS = join(ROOT, "fuzz/corpus");
const WORK = join(ROOT, ".campana/fuzz");
const MANIFEST = join(ROOT, "fuzz/coverage/Cargo.toml");
/** Longest time for one input, seconds. */
const MAX_SECONDS = 5;
/** Longest input, bytes. */
const MAX_BYTES = 4_096;
/** Share of the inputs that have to reach nothing new, at the end. */
const LAST_PART = 0.1;
const COVERAGE = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
  "-Ccodegen-units=1",
];

const options = readOptions();
const binary = build();
const results = [];
for (const target of options.targets) results.push(await fuzz(target));
console.log(table(results));
process.exitCode = results.some(({ failed }) => failed) ? 1 : 0;

/** Builds the runner. With an explicit target, the flags are not those of build scripts and macros. */
function build() {
  const host = /^host: (.*)$/m.exec(execFileSync("rustc", ["-vV"], { encoding: "utf8" }))[1];
  const env = { ...process.env, RUSTFLAGS: COVERAGE.join(" ") };
  const args = ["build", "--quiet", "--locked", "--release", "--manifest-path", MANIFEST, "--target", host];
  execFileSync("cargo", args, { env, stdio: "inherit", cwd: ROOT });
  return join(ROOT, "fuzz/coverage/target", host, "release/campana-fuzz-coverage");
}

/** Runs a target, and returns how many inputs it had and what they reached. */
async function fuzz(target) {
  const [own, artifacts] = [join(WORK, "corpus", target), join(WORK, "failures", target)];
  for (const folder of [own, artifacts]) mkdirSync(folder, { recursive: true });
  if (options.input) return { target, ...(await run(target, [options.input], artifacts)), inputs: 1, last: 0 };
  const total = { target, inputs: 0, coverage: 0, last: 0, failed: false };
  do {
    const round = total.inputs === 0 ? options.inputs : Math.ceil(total.inputs / 4);
    const seed = options.seed === undefined ? [] : [`-seed=${options.seed + total.inputs}`];
    const limits = [`-runs=${round}`, `-max_len=${MAX_BYTES}`, `-timeout=${MAX_SECONDS}`, "-rss_limit_mb=1024"];
    const { steps, failed, inputs } = await run(target, [...limits, ...seed, own, join(CORPUS, target)], artifacts);
    for (const { at, coverage } of steps) {
      if (coverage <= total.coverage) continue;
      total.coverage = coverage;
      total.last = total.inputs + at;
    }
    total.inputs += inputs;
    total.failed = failed;
    console.log(`${target}: ${total.inputs} inputs, coverage ${total.coverage}, last new at ${total.last}`);
  } while (!total.failed && total.last > total.inputs * (1 - LAST_PART));
  if (options.keep && !total.failed) await minimize(target, own);
  return total;
}

/** Runs the runner once. Steps are the numbers of inputs and the edges that these reached. */
async function run(target, args, artifacts) {
  const env = { ...process.env, CAMPANA_FUZZ_TARGET: target };
  const child = spawn(binary, [`-artifact_prefix=${artifacts}/`, ...args], {
    env,
    stdio: ["ignore", "inherit", "pipe"],
  });
  const [steps, rest] = [[], []];
  for await (const line of createInterface({ input: child.stderr })) {
    const [, at, coverage] = /^#(\d+)\s+\S+\s+cov: (\d+)/.exec(line) ?? [];
    if (at) steps.push({ at: Number(at), coverage: Number(coverage) });
    else rest.push(line);
  }
  const code = child.exitCode ?? (await new Promise((resolve) => child.once("exit", resolve)));
  if (code !== 0) console.error(`${target} failed:\n${rest.slice(-40).join("\n")}`);
  const last = steps.at(-1) ?? { at: 0, coverage: 0 };
  return { steps, inputs: last.at, coverage: last.coverage, failed: code !== 0 };
}

/** Replaces a target's corpus by a smallest one that reaches as much. */
async function minimize(target, own) {
  const fresh = mkdtempSync(join(WORK, "minimal-"));
  const { failed } = await run(target, ["-merge=1", `-max_len=${MAX_BYTES}`, fresh, join(CORPUS, target), own], WORK);
  if (failed) return;
  rmSync(join(CORPUS, target), { recursive: true });
  renameSync(fresh, join(CORPUS, target));
}

function table(results) {
  const at = (inputs) => inputs.toLocaleString("en");
  const rows = results.map(
    ({ target, inputs, coverage, last }) =>
      `${target.padEnd(20)} ${at(inputs).padStart(12)} inputs, coverage ${coverage}, last new at ${at(last)}`,
  );
  const sum = results.reduce((total, { inputs }) => total + inputs, 0);
  return `${rows.join("\n")}\n${at(sum)} inputs in total`;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        inputs: { type: "string", default: String(DEFAULT_INPUTS) },
        target: { type: "string", multiple: true },
        seed: { type: "string" },
        input: { type: "string" },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const known = readdirSync(CORPUS);
    const targets = values.target ?? known;
    const unknown = targets.find((target) => !known.includes(target));
    if (unknown) throw new Error(`there is no target ${unknown}: the targets are ${known.join(", ")}`);
    if (values.input) readFileSync(values.input);
    return {
      targets,
      inputs: whole("inputs", values.inputs),
      seed: values.seed === undefined ? undefined : whole("seed", values.seed),
      input: values.input,
      keep: values.keep,
    };
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function whole(name, text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} takes a whole number`);
  return value;
}
