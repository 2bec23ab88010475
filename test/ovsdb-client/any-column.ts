import fc from 'fast-check';
import {
  type AtomType,
  boolean,
  type ColumnType,
  enumeration,
  integer,
  map,
  optional,
  real,
  set,
  string,
  uuid,
} from '../../src/ovsdb-client/column-type.ts';
import type { Atom, Value } from '../../src/ovsdb-client/row.ts';

const atomTypes: readonly AtomType[] = [string, integer, real, boolean, uuid, enumeration('up', 'down')];
const anyAtomType = fc.constantFrom(...atomTypes);

function anyAtom(type: AtomType): fc.Arbitrary<Atom> {
  switch (type.kind) {
    case 'string':
      return fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    case 'integer':
      return fc.maxSafeInteger();
    case 'real':
      // JSON has no negative zero, and a set no two zeros.
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    case 'boolean':
      return fc.boolean();
    case 'uuid':
      return fc.uuid();
    case 'enumeration':
      return fc.constantFrom(...type.values);
  }
}

export const anyColumnType: fc.Arbitrary<ColumnType> = fc.oneof(
  anyAtomType,
  anyAtomType.map((type) => optional(type)),
  anyAtomType.map((type) => set(type)),
  fc.tuple(anyAtomType, anyAtomType).map(([key, value]) => map(key, value)),
);

/** Any value that a column of the type can hold. */
export function anyValue(type: ColumnType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'optional':
      return fc.option(anyAtom(type.of), { nil: undefined });
    case 'set':
      return fc.array(anyAtom(type.of), { maxLength: 6 }).map((atoms) => new Set(atoms));
    case 'map':
      return fc
        .array(fc.tuple(anyAtom(type.key), anyAtom(type.value)), { maxLength: 6 })
        .map((pairs) => new Map(pairs));
    default:
      return anyAtom(type);
  }
}
