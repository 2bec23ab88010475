import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkSchema } from '../../src/ovsdb-client/check-schema.ts';
import {
  boolean,
  type ColumnType,
  enumeration,
  integer,
  map,
  optional,
  set,
  string,
  uuid,
} from '../../src/ovsdb-client/column-type.ts';
import type { Json } from '../../src/ovsdb-client/json.ts';
import { switchTables } from './switch-tables.ts';

const upDown = { type: 'string', enum: ['set', ['up', 'down']] };
const some = (type: Json) => ({ key: type, min: 0, max: 'unlimited' });
const atMostOne = (type: Json) => ({ key: type, min: 0 });

const check = (declared: ColumnType, type: Json) =>
  checkSchema({ T: { c: declared } }, { tables: { T: { columns: { c: { type } } } } });

describe('checkSchema', () => {
  test('the schema of Open vSwitch has what this suite declares of it', () => {
    const schema = JSON.parse(readFileSync('/usr/share/openvswitch/vswitch.ovsschema', 'utf8')) as Json;
    expect(checkSchema(switchTables, schema)).toEqual([]);
  });

  test.each<[ColumnType, Json]>([
    [string, 'string'],
    [string, { key: 'string' }],
    [string, { key: { type: 'string', maxLength: 8 } }],
    [string, { key: upDown }],
    [integer, { key: { type: 'integer', minInteger: 0 } }],
    [enumeration('up', 'down'), { key: upDown }],
    [enumeration('up', 'down', 'sideways'), { key: upDown }],
    [enumeration('only'), { key: { type: 'string', enum: 'only' } }],
    [optional(uuid), atMostOne({ type: 'uuid', refTable: 'T' })],
    [optional(enumeration('up', 'down')), atMostOne(upDown)],
    [set(uuid), { key: { type: 'uuid' }, min: 1, max: 'unlimited' }],
    [set(integer), { key: 'integer', min: 0, max: 4096 }],
    [map(string, integer), { key: 'string', value: 'integer', min: 0, max: 'unlimited' }],
  ])('%j fits %j', (declared, type) => {
    expect(check(declared, type)).toEqual([]);
  });

  test.each<[ColumnType, Json, string]>([
    [string, 'integer', 'string'],
    [string, atMostOne('string'), 'string'],
    [string, some('string'), 'string'],
    [optional(string), 'string', 'optional(string)'],
    [optional(string), some('string'), 'optional(string)'],
    [set(boolean), atMostOne('boolean'), 'set(boolean)'],
    [set(string), { ...some('string'), value: 'string' }, 'set(string)'],
    [map(string, string), some('string'), 'map(string, string)'],
    [map(string, string), { ...some('string'), value: 'integer' }, 'map(string, string)'],
    [map(string, string), { ...atMostOne('string'), value: 'string' }, 'map(string, string)'],
    [enumeration('up'), { key: upDown }, 'enumeration(up)'],
    [enumeration('up'), 'string', 'enumeration(up)'],
  ])('%j does not fit %j', (declared, type, words) => {
    expect(check(declared, type)).toEqual([`T.c is declared ${words} but is ${JSON.stringify(type)}`]);
  });

  test('names each table and column that is missing', () => {
    const schema = { tables: { A: { columns: { x: { type: 'string' } } } } };
    const declared = { A: { x: string, y: string }, B: { z: string } };
    expect(checkSchema(declared, schema)).toEqual(['A has no column y', 'there is no table B']);
    expect(checkSchema(declared, null)).toEqual(['there is no table A', 'there is no table B']);
  });
});
