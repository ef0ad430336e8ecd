// What several runs of the same measurement come to.

/** Median, minimum and maximum of numbers; `undefined` if any run gave none. */
export function spread(numbers) {
  if (numbers.length === 0 || numbers.some((number) => !Number.isFinite(number))) return undefined;
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/**
 * The ratio of two systems, run by run: what disturbs the machine for a while disturbs both sides of a
 * pair, because runs are interleaved.
 */
export function ratios(numerators, denominators) {
  return spread(numerators.map((numerator, run) => numerator / denominators[run]));
}
