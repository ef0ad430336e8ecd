// Shared by the scenarios of the Pusher protocol: failures of a report, and rows and ratios of reports.
import { ratios, spread } from "./statistics.mjs";

/** The failures in a report. */
export function failuresOf(report) {
  const failures = [];
  if (report.missing > 0) failures.push(`${report.missing} frames are missing`);
  if (report.doubled > 0) failures.push(`${report.doubled} frames arrived twice`);
  if (report.disordered > 0) failures.push(`${report.disordered} frames arrived out of order`);
  if (report.error_count > 0) failures.push(`${report.error_count} errors: ${report.errors.join("; ")}`);
  return failures;
}

/** Engine time per frame, microseconds. */
export function microsecondsPerFrame(report) {
  return ((report.cpu.engine ?? Number.NaN) * report.cpu.seconds * 1_000_000) / report.frames;
}

/** Engine time per publish, milliseconds. */
export function millisecondsPerPublish(report) {
  return ((report.cpu.engine ?? Number.NaN) * report.cpu.seconds * 1_000) / report.publishes;
}

/** A row of a table, from reports by column name. */
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
