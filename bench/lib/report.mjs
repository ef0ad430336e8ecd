// A scenario's result as a readable table, and the list of targets at the end.

/**
 * @typedef {{median: number, min: number, max: number}} Spread
 * @typedef {{label: string, digits?: number, values: Record<string, Spread | undefined>}} Row per system
 * @typedef {{label: string, target?: number, bound?: "at most" | "at least", digits?: number, unit?: string,
 *   value: Spread | undefined}} Figure
 * @typedef {{name: string, title: string, rows: Row[], figures: Figure[], notes: string[], failures: string[],
 *   raw: unknown}} Result
 */

const LABEL = 34;
const CELL = 26;

/** True, false, or `undefined` for a figure without a target. */
export function reached({ target, bound, value }) {
  if (target === undefined) return undefined;
  if (value === undefined) return false;
  return bound === "at least" ? value.median >= target : value.median <= target;
}

/** @param {Result} result */
export function printResult(result) {
  const lines = ["", `== ${result.name}: ${result.title}`];
  const systems = [...new Set(result.rows.flatMap((row) => Object.keys(row.values)))];
  if (systems.length > 0) {
    lines.push("".padEnd(LABEL) + systems.map((name) => name.padEnd(CELL)).join(""));
    for (const { label, digits = 2, values } of result.rows) {
      const cells = systems.map((name) => spreadText(values[name], digits).padEnd(CELL));
      lines.push((label.padEnd(LABEL) + cells.join("")).trimEnd());
    }
  }
  for (const figure of result.figures) lines.push(figureText(figure));
  for (const note of result.notes) lines.push(`  ${note}`);
  for (const failure of result.failures) lines.push(`  FAILED: ${failure}`);
  console.log(lines.join("\n"));
}

/** @param {Result[]} results */
export function printSummary(results) {
  console.log("\n== Targets");
  for (const { figures } of results) {
    for (const figure of figures.filter(({ target }) => target !== undefined)) console.log(figureText(figure));
  }
}

function figureText({ label, target, bound, digits = 2, unit = "x", value, ...figure }) {
  const verdict = { true: "pass", false: "MISS", undefined: "" }[reached({ target, bound, value, ...figure })];
  const wanted = target === undefined ? "" : `target ${bound} ${target} ${unit}`;
  return `  ${label.padEnd(62)} ${`${spreadText(value, digits)} ${unit}`.padEnd(28)} ${wanted.padEnd(24)} ${verdict}`.trimEnd();
}

function spreadText(spread, digits) {
  if (spread === undefined) return "-";
  const { median, min, max } = spread;
  if (min === max) return median.toFixed(digits);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}
