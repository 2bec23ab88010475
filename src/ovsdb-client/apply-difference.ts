import type { ColumnType } from './column-type.ts';
import type { Atom, Value } from './row.ts';

function changedSet(old: ReadonlySet<Atom>, difference: ReadonlySet<Atom>): ReadonlySet<Atom> {
  const result = new Set(old);
  for (const atom of difference) {
    if (!result.delete(atom)) result.add(atom);
  }
  return result;
}

function changedMap(old: ReadonlyMap<Atom, Atom>, difference: ReadonlyMap<Atom, Atom>): ReadonlyMap<Atom, Atom> {
  const result = new Map(old);
  for (const [key, value] of difference) {
    if (result.get(key) === value) result.delete(key);
    else result.set(key, value);
  }
  return result;
}

/**
 * The value that a `modify` of update2 / update3 makes of an old one (ovsdb-server(7) section 4.1.14). Columns that hold
 * at most one value are replaced; of sets and maps the difference is sent.
 */
export function applyDifference(type: ColumnType, old: Value, difference: Value): Value {
  if (type.kind === 'set' && old instanceof Set && difference instanceof Set) return changedSet(old, difference);
  if (type.kind === 'map' && old instanceof Map && difference instanceof Map) return changedMap(old, difference);
  return difference;
}
