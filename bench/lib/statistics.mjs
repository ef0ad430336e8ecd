// Statistics over several runs of the same measurement.

/** Median, minimum and maximum of numbers; `undefined` if any run has no value. */
export function spread(numbers) {
  if (numbers.length === 0 || numbers.some((number) => !Number.isFinite(number))) return undefined;
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/**
 * The ratio of two systems, run by run. Runs are interleaved, so a disturbance of the machine affects both sides of a pair.
 */
export function ratios(numerators, denominators) {
  return spread(numerators.map((numerator, run) => numerator / denominators[run]));
}
