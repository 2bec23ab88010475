import { assertNever } from './assert-never.ts';
import type { ColumnType } from './column-type.ts';
import type { Value } from './row.ts';

const ZERO_UUID = '00000000-0000-0000-0000-000000000000';

/** What a column holds that nobody set (RFC 7047 section 5.2.1); update2 and update3 leave such columns of new rows out. */
export function defaultValue(type: ColumnType): Value {
  switch (type.kind) {
    case 'string':
    case 'enumeration':
      return '';
    case 'integer':
    case 'real':
      return 0;
    case 'boolean':
      return false;
    case 'uuid':
      return ZERO_UUID;
    case 'optional':
      return undefined;
    case 'set':
      return new Set();
    case 'map':
      return new Map();
    default:
      return assertNever(type);
  }
}
