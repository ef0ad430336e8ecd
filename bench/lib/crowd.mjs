// What the scenarios of the Pusher protocol have in common: what makes a report wrong, and rows and ratios of reports.
import { ratios, spread } from "./statistics.mjs";

/** What a report says went wrong. */
export function failuresOf(report) {
  const failures = [];
  if (report.missing > 0) failures.push(`${report.missing} frames never came`);
  if (report.doubled > 0) failures.push(`${report.doubled} frames came twice`);
  if (report.disordered > 0) failures.push(`${report.disordered} frames came out of order`);
  if (report.error_count > 0) failures.push(`${report.error_count} errors: ${report.errors.join("; ")}`);
  return failures;
}

/** What a frame costs the engine, microseconds. */
export function microsecondsPerFrame(report) {
  return ((report.cpu.engine ?? Number.NaN) * report.cpu.seconds * 1_000_000) / report.frames;
}

/** What a publish costs the engine, milliseconds. */
export function millisecondsPerPublish(report) {
  return ((report.cpu.engine ?? Number.NaN) * report.cpu.seconds * 1_000) / report.publishes;
}

/** A row of a table, from reports by the column's name. */
export function rowOf(reports) {
  return (label, pick, digits) => ({
    label,
    digits,
    values: Object.fromEntries(Object.entries(reports).map(([name, list]) => [name, spread(list.map(pick))])),
  });
}

/** A figure that compares two columns, turn by turn. */
export function ratioOf(reports, label, pick, over, under, target = {}) {
  const value = ratios(reports[over].map(pick), reports[under].map(pick));
  return { label: `${label}, ${over} / ${under}`, value, ...target };
}
