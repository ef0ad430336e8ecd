// Checks the locked dependencies for published advisories (RustSec, npm). An advisory fails the check; an unreachable database is
// reported and does not.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./root.mjs";

const CARGO_DENY = join(ROOT, ".tools/cargo/bin/cargo-deny");
const WORKSPACES = ["Cargo.toml", "bench/Cargo.toml"];
const FETCH_TIMEOUT_MS = 120_000;

const outcomes = [checkRust(), checkNpm()];
process.exit(outcomes.includes("found") ? 1 : 0);

function checkRust() {
  const fetched = run(CARGO_DENY, ["--log-level", "error", "fetch", "db"]);
  if (fetched.status !== 0) return report("RustSec", "unreachable", lastLine(fetched.stderr));
  const isClean = WORKSPACES.map((manifest) => {
    const args = ["--log-level", "error", "--manifest-path", manifest, "--config", "deny.toml", "--locked"];
    const checked = run(CARGO_DENY, [...args, "check", "advisories"]);
    process.stderr.write(checked.stderr);
    return checked.status === 0;
  });
  return report("RustSec", isClean.every(Boolean) ? "none" : "found");
}

function checkNpm() {
  const { stdout, stderr } = run("npm", ["audit", "--json"]);
  const audit = parse(stdout);
  // Without a report the output is npm's error, for example if the registry supports no audits.
  if (audit?.metadata?.vulnerabilities === undefined) {
    return report("npm", "unreachable", audit?.message ?? audit?.error?.summary ?? lastLine(stderr));
  }
  for (const { name, severity, range, via } of Object.values(audit.vulnerabilities)) {
    const titles = via.map((cause) => (typeof cause === "string" ? `through ${cause}` : `${cause.title} ${cause.url}`));
    console.error(`${name} ${range}: ${severity}: ${titles.join("; ")}`);
  }
  return report("npm", audit.metadata.vulnerabilities.total === 0 ? "none" : "found");
}

function report(database, outcome, reason) {
  const words = {
    none: "no advisory",
    found: "ADVISORIES, see above",
    unreachable: `NOT CHECKED, the database cannot be reached: ${reason || "no answer"}`,
  };
  console.log(`advisories, ${database}: ${words[outcome]}`);
  return outcome;
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: "utf8",
    timeout: FETCH_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout: stdout ?? "", stderr: stderr ?? "" };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lastLine(text) {
  return text.trim().split("\n").at(-1);
}
