// The load generator, one process per measurement.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const LONGEST_MS = 240_000;

/**
 * Measures once and returns the generator's report.
 * @param {string} binary
 * @param {string[]} scenario command-line arguments of the scenario
 * @param {string[]} target command-line arguments of the server
 */
export async function generate(binary, scenario, target) {
  const args = [...scenario, ...target];
  try {
    const { stdout, stderr } = await run(binary, args, { timeout: LONGEST_MS, maxBuffer: 1 << 24 });
    if (stderr) process.stderr.write(stderr);
    return JSON.parse(stdout);
  } catch (error) {
    // Without the process error's message, which contains the arguments and so a secret.
    const why = error.stderr || (error.killed ? "took too long" : (error.code ?? error.signal ?? error.message));
    throw new Error(`campana-bench ${scenario.join(" ")}: ${why}`);
  }
}

/**
 * Starts a scenario that runs until its standard input ends; resolves once it has printed `ready`.
 * @returns {Promise<{stop: () => Promise<object>}>} `stop` ends the input and resolves with the report
 */
export async function generateMeanwhile(binary, scenario, target) {
  const child = spawn(binary, [...scenario, ...target], { stdio: ["pipe", "pipe", "inherit"], timeout: LONGEST_MS });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value } = await lines.next();
    if (value === undefined) throw new Error(`campana-bench ${scenario.join(" ")}: it ended too soon`);
    return value;
  };
  await next();
  return {
    stop: async () => {
      child.stdin.end();
      const report = await next();
      await ended;
      return JSON.parse(report);
    },
  };
}
