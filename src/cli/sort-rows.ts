import type { Row } from './decode-answer.ts';
import type { Column } from './kinds.ts';

/** By code points, as Python does. What is not there comes last, as in cliff (cliff/lister.py). */
function compare(a: unknown, b: unknown): number {
  const missing = Number(a === null || a === undefined) - Number(b === null || b === undefined);
  if (missing !== 0) return missing;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return Number(left > right) - Number(left < right);
}

/** Rows that are equal in all columns keep their order. */
export function sortRows(rows: readonly Row[], columns: readonly Column[], descending: boolean): readonly Row[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const decisive = columns.map(({ key }) => compare(a[key], b[key])).find((order) => order !== 0);
    return sign * (decisive ?? 0);
  });
}
