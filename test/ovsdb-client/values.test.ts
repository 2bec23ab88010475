import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyDifference } from '../../src/ovsdb-client/apply-difference.ts';
import {
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
import { decodeValue } from '../../src/ovsdb-client/decode-value.ts';
import { encodeValue } from '../../src/ovsdb-client/encode-value.ts';
import { equalValues } from '../../src/ovsdb-client/equal-values.ts';
import type { Json } from '../../src/ovsdb-client/json.ts';
import type { Value } from '../../src/ovsdb-client/row.ts';
import { cases } from '../support/times.ts';
import { anyColumnType, anyValue } from './any-column.ts';

const ID = '6a82ddaf-6da6-4029-861e-c9b08cfcba23';
const typed = anyColumnType.chain((type) => fc.tuple(fc.constant(type), anyValue(type), anyValue(type)));

/** The difference as ovsdb-server(7) section 4.1.14 defines it, written down independently of how it is applied. */
function differenceOf(type: ColumnType, old: Value, now: Value): Value {
  if (old instanceof Set && now instanceof Set) {
    return new Set([...[...old].filter((atom) => !now.has(atom)), ...[...now].filter((atom) => !old.has(atom))]);
  }
  if (type.kind === 'map' && old instanceof Map && now instanceof Map) {
    const gone = [...old].filter(([key]) => !now.has(key));
    return new Map([...gone, ...[...now].filter(([key, value]) => old.get(key) !== value)]);
  }
  return now;
}

describe('values', () => {
  test('decode of encode is the value, through JSON text', () => {
    fc.assert(
      fc.property(typed, ([type, value]) => {
        const wire = JSON.parse(JSON.stringify(encodeValue(type, value))) as Json;
        expect(decodeValue(type, wire)).toEqual(value);
      }),
      { numRuns: cases(1000) },
    );
  });

  test('applying the difference of two values to the first gives the second', () => {
    fc.assert(
      fc.property(typed, ([type, old, now]) => {
        const result = applyDifference(type, old, differenceOf(type, old, now));
        expect(result).toEqual(now);
        expect(equalValues(result, now)).toBe(true);
      }),
      { numRuns: cases(1000) },
    );
  });

  test('equal means the same atoms, whatever their order', () => {
    expect(equalValues(new Set(['a', 'b']), new Set(['b', 'a']))).toBe(true);
    expect(equalValues(new Set(['a', 'b']), new Set(['a', 'c']))).toBe(false);
    expect(equalValues(new Set(['a']), new Set(['a', 'c']))).toBe(false);
    expect(
      equalValues(
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
        new Map([
          ['b', 2],
          ['a', 1],
        ]),
      ),
    ).toBe(true);
    expect(equalValues(new Map([['a', 1]]), new Map([['a', 2]]))).toBe(false);
    expect(equalValues(undefined, 0)).toBe(false);
  });

  test('a set of one may come bare, in which form ovsdb-server sends it', () => {
    expect(decodeValue(set(string), 'one')).toEqual(new Set(['one']));
    expect(decodeValue(set(uuid), ['uuid', ID])).toEqual(new Set([ID]));
    expect(decodeValue(optional(integer), 7)).toBe(7);
    expect(decodeValue(optional(integer), ['set', [7]])).toBe(7);
    expect(decodeValue(optional(integer), ['set', []])).toBeUndefined();
  });

  test('what refers to new rows is encoded by name, an array as a set without duplicates', () => {
    expect(encodeValue(set(uuid), [{ named: 'row1' }, ID.toUpperCase()])).toEqual([
      'set',
      [
        ['named-uuid', 'row1'],
        ['uuid', ID],
      ],
    ]);
    expect(encodeValue(set(string), ['a', 'b', 'a'])).toEqual(['set', ['a', 'b']]);
  });

  test.each<[ColumnType, Json]>([
    [string, 1],
    [string, ['set', ['a', 'b']]],
    [integer, 1.5],
    [integer, '1'],
    [real, 'x'],
    [boolean, 0],
    [uuid, ID],
    [uuid, ['uuid', 'not one']],
    [uuid, ['named-uuid', 'x']],
    [enumeration('up'), 'down'],
    [optional(string), ['set', ['a', 'b']]],
    [set(string), ['set', [1]]],
    [map(string, string), ['map', [['a']]]],
    [map(string, string), ['map', [['a', 1]]]],
    [map(string, string), ['set', []]],
  ])('refuses to decode as %j what is %j', (type, json) => {
    expect(() => decodeValue(type, json)).toThrow(expect.objectContaining({ code: 'value' }));
  });

  test.each<[ColumnType, unknown]>([
    [string, 'a\0b'],
    [string, '\ud800'],
    [string, undefined],
    [integer, 1.5],
    [integer, 2 ** 53],
    [real, Number.NaN],
    [real, Number.POSITIVE_INFINITY],
    [boolean, 'true'],
    [uuid, 'row1'],
    [uuid, { named: 'br-int' }],
    [uuid, null],
    [enumeration('up'), 'down'],
    [optional(integer), null],
    [set(string), 'ab'],
    [set(string), new Set([1])],
    [map(string, string), new Set(['a'])],
    [map(string, string), { a: 'b' }],
  ])('refuses to encode as %j', (type, value) => {
    expect(() => encodeValue(type, value)).toThrow(expect.objectContaining({ code: 'value' }));
  });

  test('an error in encoding does not repeat the value', () => {
    expect(() => encodeValue(string, 'secret\0')).toThrow(/^a value \(string\) does not fit the column type string$/);
  });
});
