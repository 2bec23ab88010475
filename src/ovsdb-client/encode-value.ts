import { assertNever } from './assert-never.ts';
import type { AtomType, ColumnType, MapType } from './column-type.ts';
import type { Json } from './json.ts';
import { OvsdbError } from './ovsdb-error.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** An `<id>` of RFC 7047 section 3.1. */
const ID = /^[A-Za-z_][A-Za-z0-9_]*$/;

function unfit(type: ColumnType, value: unknown): OvsdbError {
  return new OvsdbError('value', `a value (${typeof value}) does not fit the column type ${type.kind}`);
}

/** ovsdb-server ends the connection of a client that sends it a NUL or half of a surrogate pair: refuse them here. */
function isSendable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function encodeUuid(type: AtomType, value: unknown): Json {
  if (typeof value === 'string' && UUID.test(value)) return ['uuid', value.toLowerCase()];
  if (typeof value === 'object' && value !== null && 'named' in value) {
    if (typeof value.named === 'string' && ID.test(value.named)) return ['named-uuid', value.named];
  }
  throw unfit(type, value);
}

function encodeAtom(type: AtomType, value: unknown): Json {
  switch (type.kind) {
    case 'string':
      if (typeof value === 'string' && isSendable(value)) return value;
      break;
    case 'enumeration':
      if (typeof value === 'string' && type.values.includes(value)) return value;
      break;
    case 'integer':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
      break;
    case 'real':
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'uuid':
      return encodeUuid(type, value);
    default:
      assertNever(type);
  }
  throw unfit(type, value);
}

function encodeMap(type: MapType, value: unknown): Json {
  if (!(value instanceof Map)) throw unfit(type, value);
  return ['map', [...value].map(([key, held]) => [encodeAtom(type.key, key), encodeAtom(type.value, held)])];
}

/**
 * Writes a `<value>` (RFC 7047 section 5.1) for a column of the given type; see WrittenOf for what fits which type.
 * @throws OvsdbError `value`; the message does not repeat the value, which may be a secret
 */
export function encodeValue(type: ColumnType, value: unknown): Json {
  switch (type.kind) {
    case 'optional':
      return ['set', value === undefined ? [] : [encodeAtom(type.of, value)]];
    case 'set':
      if (!(value instanceof Set) && !Array.isArray(value)) throw unfit(type, value);
      return ['set', [...new Set<unknown>(value)].map((element) => encodeAtom(type.of, element))];
    case 'map':
      return encodeMap(type, value);
    default:
      return encodeAtom(type, value);
  }
}
