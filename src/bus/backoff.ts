export interface BackoffRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Milliseconds to wait before attempt 1, 2, ...: doubles from `minMs` up to `maxMs`. `chance`, 0..1, takes up to half of
 * it away, so that a fleet that lost its broker does not come back as one.
 */
export function backoffMs(attempt: number, { minMs, maxMs }: BackoffRange, chance: number): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (1 - chance / 2));
}
