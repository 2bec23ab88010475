import { assertNever } from './assert-never.ts';
import type { AtomType, ColumnType } from './column-type.ts';
import { isJsonArray, type Json } from './json.ts';
import { OvsdbError } from './ovsdb-error.ts';
import type { Atom, Value } from './row.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function unfit(type: AtomType | ColumnType, json: Json | undefined): OvsdbError {
  return new OvsdbError('value', `received ${JSON.stringify(json)} where the type is ${type.kind}`);
}

/** The second element of `[tag, <something>]`, or undefined for any other value. */
function tagged(tag: string, json: Json | undefined): Json | undefined {
  return isJsonArray(json) && json.length === 2 && json[0] === tag ? json[1] : undefined;
}

function decodeUuid(type: AtomType, json: Json | undefined): string {
  const text = tagged('uuid', json);
  if (typeof text !== 'string' || !UUID.test(text)) throw unfit(type, json);
  return text;
}

function decodeAtom(type: AtomType, json: Json | undefined): Atom {
  switch (type.kind) {
    case 'string':
      if (typeof json === 'string') return json;
      break;
    case 'enumeration':
      if (typeof json === 'string' && type.values.includes(json)) return json;
      break;
    case 'integer':
      if (typeof json === 'number' && Number.isInteger(json)) return json;
      break;
    case 'real':
      if (typeof json === 'number') return json;
      break;
    case 'boolean':
      if (typeof json === 'boolean') return json;
      break;
    case 'uuid':
      return decodeUuid(type, json);
    default:
      assertNever(type);
  }
  throw unfit(type, json);
}

/** A set of one is sent as the bare atom as well (RFC 7047 section 5.1, `<value>`). */
function decodeAtoms(type: AtomType, json: Json | undefined): readonly Atom[] {
  const elements = tagged('set', json);
  return isJsonArray(elements) ? elements.map((element) => decodeAtom(type, element)) : [decodeAtom(type, json)];
}

function decodePair(key: AtomType, value: AtomType, json: Json): readonly [Atom, Atom] {
  if (!isJsonArray(json) || json.length !== 2) throw unfit(key, json);
  return [decodeAtom(key, json[0]), decodeAtom(value, json[1])];
}

/**
 * Reads a `<value>` (RFC 7047 section 5.1) of a column of the given type.
 * @throws OvsdbError `value`
 */
export function decodeValue(type: ColumnType, json: Json | undefined): Value {
  switch (type.kind) {
    case 'optional': {
      const atoms = decodeAtoms(type.of, json);
      if (atoms.length > 1) throw unfit(type, json);
      return atoms[0];
    }
    case 'set':
      return new Set(decodeAtoms(type.of, json));
    case 'map': {
      const pairs = tagged('map', json);
      if (!isJsonArray(pairs)) throw unfit(type, json);
      return new Map(pairs.map((pair) => decodePair(type.key, type.value, pair)));
    }
    default:
      return decodeAtom(type, json);
  }
}
