/** What many measurements of one thing come to; in the unit of the measurements. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  /** On a machine that others share it says most about the program. */
  readonly least: number;
}

/**
 * The smallest value that at least `share` (0 to 1) of all values do not exceed: the nearest-rank percentile, which is
 * always a value that was measured. Throws RangeError when there is none.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('nothing was measured');
  return value;
}

/** The middle value, or the mean of the two in the middle. Throws RangeError when there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (lower === undefined || upper === undefined) throw new RangeError('nothing was measured');
  return (lower + upper) / 2;
}

/** Throws RangeError when there is no value. */
export function summarize(values: readonly number[]): Summary {
  return {
    count: values.length,
    median: median(values),
    p95: percentile(values, 0.95),
    least: percentile(values, 0),
  };
}
