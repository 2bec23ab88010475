import { describe, expect, expectTypeOf, test } from 'vitest';
import { databaseErrorCodes, decodeDatabaseError } from '../../src/ovsdb-client/database-error-code.ts';
import type { Json } from '../../src/ovsdb-client/json.ts';
import type { CountResult, InsertResult, ResultsOf, SelectResult } from '../../src/ovsdb-client/operation.ts';
import { operationsFor } from '../../src/ovsdb-client/operations-for.ts';
import type { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import { decodeTransactReply } from '../../src/ovsdb-client/transact-reply.ts';
import { switchTables } from './switch-tables.ts';

const ovs = operationsFor(switchTables);
const ID = '6a82ddaf-6da6-4029-861e-c9b08cfcba23';

describe('operations', () => {
  test('are those of RFC 7047 section 5.2', () => {
    const mirror = { named: 'm' };
    expect(ovs.insert('Mirror', { name: 'x', output_port: undefined, select_src_port: [ID] }, mirror)).toEqual({
      op: 'insert',
      table: 'Mirror',
      row: { name: 'x', output_port: ['set', []], select_src_port: ['set', [['uuid', ID]]] },
      'uuid-name': 'm',
    });
    expect(ovs.select('Bridge', [['name', '!=', 'br-int']], ['_uuid', 'ports'])).toEqual({
      op: 'select',
      table: 'Bridge',
      where: [['name', '!=', 'br-int']],
      columns: ['_uuid', 'ports'],
    });
    expect(ovs.update('Port', [['tag', '==', 3]], { tag: 4, trunks: new Set([1]) })).toEqual({
      op: 'update',
      table: 'Port',
      where: [['tag', '==', ['set', [3]]]],
      row: { tag: ['set', [4]], trunks: ['set', [1]] },
    });
    expect(
      ovs.mutate(
        'Bridge',
        [['_uuid', '==', ID]],
        [
          ['mirrors', 'insert', [mirror]],
          ['external_ids', 'delete', ['a']],
          ['external_ids', 'delete', new Map([['b', 'c']])],
        ],
      ),
    ).toEqual({
      op: 'mutate',
      table: 'Bridge',
      where: [['_uuid', '==', ['uuid', ID]]],
      mutations: [
        ['mirrors', 'insert', ['set', [['named-uuid', 'm']]]],
        ['external_ids', 'delete', ['set', ['a']]],
        ['external_ids', 'delete', ['map', [['b', 'c']]]],
      ],
    });
    expect(ovs.delete('Mirror', [['name', '==', 'x']])).toEqual({
      op: 'delete',
      table: 'Mirror',
      where: [['name', '==', 'x']],
    });
    expect(ovs.wait('Open_vSwitch', [['cur_cfg', '>=', 1]], ['cur_cfg'], '!=', [{ cur_cfg: 2 }], 5)).toEqual({
      op: 'wait',
      table: 'Open_vSwitch',
      where: [['cur_cfg', '>=', 1]],
      columns: ['cur_cfg'],
      until: '!=',
      rows: [{ cur_cfg: 2 }],
      timeout: 5,
    });
    expect([ovs.commit(true), ovs.abort(), ovs.comment('why'), ovs.assert('lock')]).toEqual([
      { op: 'commit', durable: true },
      { op: 'abort' },
      { op: 'comment', comment: 'why' },
      { op: 'assert', lock: 'lock' },
    ]);
  });

  test('are checked by the compiler against the declaration, and again when they run', () => {
    const value = expect.objectContaining({ code: 'value' });
    // @ts-expect-error no such table
    expect(() => ovs.insert('Dragon', {})).toThrow(value);
    // @ts-expect-error no such column
    expect(() => ovs.insert('Bridge', { wings: 2 })).toThrow(value);
    // @ts-expect-error not of the column's type
    expect(() => ovs.update('Port', [], { tag: '7' })).toThrow(value);
    // @ts-expect-error not one of the enumeration
    expect(() => ovs.update('Bridge', [], { fail_mode: 'open' })).toThrow(value);
    // @ts-expect-error arithmetic is for numbers
    expect(() => ovs.mutate('Bridge', [], [['name', '+=', 1]])).toThrow(value);
    // @ts-expect-error not a column to compare
    expect(() => ovs.select('Bridge', [['wings', '==', 2]], ['name'])).toThrow(value);
    expect(() => ovs.insert('Bridge', { name: 'b' }, { named: 'br-int' })).toThrow(value);
    expect(() => ovs.comment('\0')).toThrow(value);
  });

  test('give rows and results their types', () => {
    const rows = ovs.rows('Port', ['_uuid', 'name', 'tag'], { rows: [{ _uuid: ['uuid', ID], name: 'p', tag: 7 }] });
    expect(rows).toEqual([{ _uuid: ID, name: 'p', tag: 7 }]);
    expectTypeOf(rows).toEqualTypeOf<readonly Readonly<{ _uuid: string; name: string; tag: number | undefined }>[]>();
    const all = [ovs.insert('Port', {}), ovs.select('Port', [], []), ovs.delete('Port', []), ovs.abort()] as const;
    expectTypeOf<ResultsOf<typeof all>[0]>().toEqualTypeOf<InsertResult>();
    expectTypeOf<ResultsOf<typeof all>[1]>().toEqualTypeOf<SelectResult>();
    expectTypeOf<ResultsOf<typeof all>[2]>().toEqualTypeOf<CountResult>();
    type Bridges = ReturnType<OvsdbClient<typeof switchTables>['replica']['table']>;
    expectTypeOf<Bridges>().toExtend<ReadonlyMap<string, object>>();
  });
});

describe('decodeTransactReply', () => {
  const operations = [
    ovs.insert('Port', { name: 'p' }),
    ovs.select('Port', [], ['name']),
    ovs.delete('Port', []),
    ovs.comment('x'),
  ] as const;
  const good: Json = [{ uuid: ['uuid', ID] }, { rows: [{ name: 'p' }] }, { count: 3 }, {}];

  test('gives each operation its result', () => {
    expect(decodeTransactReply(operations, good)).toEqual([{ uuid: ID }, { rows: [{ name: 'p' }] }, { count: 3 }, {}]);
  });

  test.each(databaseErrorCodes)('finds the operation that failed with %s', (code) => {
    const reply = [{ uuid: ['uuid', ID] }, { error: code, details: 'because' }, null, null];
    expect(() => decodeTransactReply(operations, reply)).toThrow(
      expect.objectContaining({
        code,
        index: 1,
        operation: operations[1],
        message: `operation 1 (select) failed: ${code}: because`,
      }),
    );
  });

  test('an error in excess is one of the commit', () => {
    const reply = [...(good as readonly Json[]), { error: 'constraint violation' }];
    expect(() => decodeTransactReply(operations, reply)).toThrow(
      expect.objectContaining({
        code: 'constraint violation',
        index: 4,
        operation: undefined,
        message: 'the commit failed: constraint violation',
      }),
    );
  });

  test.each<[Json]>([[null], [{}], [[]], [[{}, null]], [['x', {}]]])('refuses the reply %j', (reply) => {
    const two = [ovs.comment('a'), ovs.abort()];
    expect(() => decodeTransactReply(two, reply)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  test.each<[number, Json]>([
    [0, { uuid: ID }],
    [1, { rows: 3 }],
    [2, { count: '3' }],
  ])('refuses a malformed result of operation %i', (index, result) => {
    const reply = [...(good as readonly Json[])];
    reply[index] = result;
    expect(() => decodeTransactReply(operations, reply)).toThrow(expect.objectContaining({ code: 'protocol', index }));
  });

  test('an error of another kind is unknown, with the words of the server', () => {
    expect(decodeDatabaseError({ error: 'out of luck' })).toEqual({ code: 'unknown', message: 'out of luck' });
    expect(decodeDatabaseError('unknown method')).toEqual({ code: 'unknown method', message: 'unknown method' });
    expect(decodeDatabaseError({ odd: 1 })).toEqual({ code: 'unknown', message: '{"odd":1}' });
  });
});
