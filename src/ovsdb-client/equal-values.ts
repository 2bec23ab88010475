import type { Value } from './row.ts';

/** Whether two decoded values of one column are the same; the order within sets and maps means nothing. */
export function equalValues(a: Value, b: Value): boolean {
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((atom) => b.has(atom));
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
  }
  return a === b;
}
