// The same measurement at several sizes: a table, and the ratio of a large size to a small one.
import { ratios, spread } from "./statistics.mjs";

const TARGET = { target: 1.3, bound: "at most" };

/**
 * Parts of a result of a growth measurement.
 * @param {string} scenario
 * @param {Record<string, object[]>} reports measurements of each size, by its name, turn by turn
 */
export function growthOf(scenario, reports) {
  const values = (pick) => Object.entries(reports).map(([size, list]) => [size, spread(list.map(pick))]);
  return {
    row: (label, pick) => ({ label, digits: 3, values: Object.fromEntries(values(pick)) }),
    figure: (label, pick, small, large) => ({
      label: `${scenario}: ${label}, ${large} / ${small}`,
      value: ratios(reports[large].map(pick), reports[small].map(pick)),
      ...TARGET,
    }),
  };
}
