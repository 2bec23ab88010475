import { describe, expect, test } from 'vitest';
import { capturePatch, SERVICE_PATCH, TABLE_NAMES } from '../../src/compile/pipeline.ts';
import type { WantedBridge, WantedMirror } from '../../src/compile/wanted.ts';
import type { Operation } from '../../src/ovsdb-client/operation.ts';
import type { RowChange } from '../../src/plan/step.ts';
import { SwitchError } from '../../src/reconcile/switch-error.ts';
import {
  type Anchors,
  changesMirrors,
  nextConfiguration,
  revalidate,
  rowOperations,
} from '../../src/switch/row-operations.ts';
import { bridgeRow, OURS, portRow, rootRow, rowsOf } from './rows.ts';

const names = { integration: 'br-int', tap: 'br-tap', tunnel: null };
const ID = {
  root: '00000000-0000-4000-8000-000000000001',
  int: '00000000-0000-4000-8000-000000000002',
  tap: '00000000-0000-4000-8000-000000000003',
  port: '00000000-0000-4000-8000-000000000004',
  device: '00000000-0000-4000-8000-000000000005',
  mirror: '00000000-0000-4000-8000-000000000006',
  vm: '00000000-0000-4000-8000-000000000007',
};
const OWNED = ['map', [['owner', 'taas-agent']]];

const full: Anchors = {
  names,
  rows: rowsOf({
    Open_vSwitch: { [ID.root]: rootRow() },
    Bridge: { [ID.int]: bridgeRow('br-int'), [ID.tap]: bridgeRow('br-tap', { external_ids: OURS }) },
    Port: { [ID.port]: portRow('mirror-in-0', { interfaces: new Set([ID.device]) }) },
  }),
};
const withoutTap: Anchors = {
  names,
  rows: rowsOf({ Open_vSwitch: { [ID.root]: rootRow() }, Bridge: { [ID.int]: bridgeRow('br-int') } }),
};
const nothing: Anchors = { names, rows: rowsOf({}) };

const wantedBridge: WantedBridge = { role: 'tap', datapathType: 'netdev', failMode: 'secure', tableNames: TABLE_NAMES };
const wantedMirror: WantedMirror = { name: 'taas-in-0', way: 'IN', outputPort: 'mirror-in-0', ports: [ID.vm] };
const patch = capturePatch('IN', 0);

const everyChange: readonly RowChange[] = [
  { kind: 'create-bridge', bridge: wantedBridge },
  { kind: 'update-bridge', rowId: ID.tap, bridge: wantedBridge },
  { kind: 'delete-bridge', rowId: ID.tap },
  { kind: 'create-port', port: patch.integration },
  { kind: 'create-port', port: patch.tap },
  { kind: 'update-port', rowId: ID.port, port: patch.integration },
  { kind: 'delete-port', rowId: ID.port, name: 'mirror-in-0', bridge: 'integration' },
  { kind: 'create-mirror', mirror: wantedMirror },
  {
    kind: 'update-mirror',
    rowId: ID.mirror,
    mirror: { name: 'taas-in-0', way: 'IN' },
    insert: [ID.vm],
    remove: [ID.port],
  },
  { kind: 'delete-mirror', rowId: ID.mirror, name: 'taas-in-0' },
  { kind: 'barrier' },
];

const isOn = (table: string) => (operation: Operation) => 'table' in operation && operation.table === table;
const inserted = (operations: readonly Operation[], table: string) =>
  operations.filter(isOn(table)).flatMap((operation) => (operation.op === 'insert' ? [operation.row] : []));

test('sets that others write, too, are mutated and never overwritten', () => {
  const operations = rowOperations(full, everyChange);
  expect(operations.filter(({ op }) => op === 'delete' || op === 'wait')).toEqual([]);
  expect(operations.filter(isOn('Open_vSwitch')).map(({ op }) => op)).toEqual(['mutate', 'mutate']);
  const updates = operations.flatMap((operation) => (operation.op === 'update' ? [operation] : []));
  for (const { table, row } of updates) {
    const columns = { Bridge: ['ports', 'mirrors'], Mirror: ['select_dst_port'] }[table] ?? [];
    expect(Object.keys(row).filter((column) => columns.includes(column))).toEqual([]);
  }
});

test('each update and mutation means one row, by its id', () => {
  const where = rowOperations(full, everyChange).flatMap((operation) =>
    'where' in operation ? [operation.where] : [],
  );
  expect(where.length).toBeGreaterThan(5);
  for (const clauses of where) expect(clauses).toEqual([['_uuid', '==', ['uuid', expect.any(String)]]]);
});

test('each row that is made bears our mark', () => {
  const operations = rowOperations(withoutTap, [
    { kind: 'create-bridge', bridge: wantedBridge },
    { kind: 'create-port', port: SERVICE_PATCH.tap },
    { kind: 'create-port', port: SERVICE_PATCH.integration },
  ]).concat(rowOperations(full, [{ kind: 'create-mirror', mirror: wantedMirror }]));
  const rows = operations.flatMap((operation) => (operation.op === 'insert' ? [operation] : []));
  expect(rows.map(({ table }) => table).sort()).toEqual([
    'Bridge',
    ...Array(3).fill('Flow_Table'),
    ...Array(3).fill('Interface'),
    'Mirror',
    ...Array(3).fill('Port'),
  ]);
  for (const { row } of rows) expect(row['external_ids']).toEqual(OWNED);
});

test('guarded ports are trunks of the dead VLAN that keep priority tags; the others are cleared of any VLAN', () => {
  const [integration, tap] = inserted(
    rowOperations(full, [
      { kind: 'create-port', port: patch.integration },
      { kind: 'create-port', port: patch.tap },
    ]),
    'Port',
  );
  expect(integration).toMatchObject({
    vlan_mode: ['set', ['trunk']],
    trunks: ['set', [4095]],
    tag: ['set', []],
    other_config: ['map', [['priority-tags', 'always']]],
  });
  const none = ['set', []];
  expect(tap).toMatchObject({ vlan_mode: none, tag: none, trunks: none, other_config: ['map', []] });
});

test('a port of a bridge that the same transaction makes refers to it by name', () => {
  const operations = rowOperations(withoutTap, [
    { kind: 'create-bridge', bridge: wantedBridge },
    { kind: 'create-port', port: patch.tap },
  ]);
  const [bridge] = operations.flatMap((operation) =>
    operation.op === 'insert' && operation.table === 'Bridge' ? [operation['uuid-name']] : [],
  );
  expect(bridge).toBeDefined();
  expect(operations.at(-1)).toMatchObject({ table: 'Bridge', where: [['_uuid', '==', ['named-uuid', bridge]]] });
});

test('names of new rows are unique within a transaction', () => {
  const ports = [0, 1, 13].flatMap((mirror) => {
    const both = [capturePatch('IN', mirror), capturePatch('OUT', mirror)];
    return both.flatMap(({ integration, tap }) => [integration, tap]);
  });
  const changes: RowChange[] = ports.map((port) => ({ kind: 'create-port', port }));
  const operations = rowOperations(withoutTap, [{ kind: 'create-bridge', bridge: wantedBridge }, ...changes]);
  const uuidNames = operations.flatMap((operation) => (operation.op === 'insert' ? [operation['uuid-name']] : []));
  expect(new Set(uuidNames).size).toBe(uuidNames.length);
});

test('a mirror selects by direction, and removal comes first', () => {
  const update = (way: 'IN' | 'OUT') =>
    rowOperations(full, [
      { kind: 'update-mirror', rowId: ID.mirror, mirror: { name: 'm', way }, insert: [ID.vm], remove: [ID.port] },
    ]);
  expect(update('IN')).toMatchObject([
    {
      mutations: [
        ['select_dst_port', 'delete', expect.anything()],
        ['select_dst_port', 'insert', expect.anything()],
      ],
    },
  ]);
  expect(update('OUT')).toMatchObject([
    {
      mutations: [
        ['select_src_port', 'delete', expect.anything()],
        ['select_src_port', 'insert', expect.anything()],
      ],
    },
  ]);
});

test('a barrier changes nothing, and the switch is always asked when it has applied', () => {
  expect(rowOperations(full, [{ kind: 'barrier' }])).toEqual([]);
  expect(nextConfiguration(full)).toEqual([
    {
      op: 'mutate',
      table: 'Open_vSwitch',
      where: [['_uuid', '==', ['uuid', ID.root]]],
      mutations: [['next_cfg', '+=', 1]],
    },
  ]);
});

test('the datapath is made to look again by a change of our own patch port', () => {
  const having = (rest: Parameters<typeof portRow>[1]): Anchors => ({
    names,
    rows: rowsOf({ Port: { other: portRow('tap1'), [ID.port]: portRow('patch-int-tap', rest) } }),
  });
  const where = [['_uuid', '==', ['uuid', ID.port]]];
  for (const before of [false, true]) {
    expect(revalidate(having({ protected: before }))).toEqual([
      { op: 'update', table: 'Port', where, row: { protected: !before } },
    ]);
  }
  expect(revalidate(nothing)).toEqual([]);
  const mirrors = everyChange.filter((change) => changesMirrors([change])).map(({ kind }) => kind);
  expect(mirrors).toEqual(['create-mirror', 'update-mirror', 'delete-mirror']);
});

describe('what a change hangs on is gone', () => {
  const failure = (work: () => unknown): SwitchError => {
    try {
      work();
    } catch (error) {
      if (error instanceof SwitchError) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  };

  test.each<[RowChange, string]>([
    [{ kind: 'create-port', port: patch.integration }, 'bridge br-int is gone'],
    [{ kind: 'delete-port', rowId: ID.port, name: 'x', bridge: 'tap' }, 'bridge br-tap is gone'],
    [{ kind: 'create-mirror', mirror: wantedMirror }, 'port mirror-in-0 is gone'],
    [{ kind: 'delete-mirror', rowId: ID.mirror, name: 'taas-in-0' }, 'bridge br-int is gone'],
  ])('%j', (change, message) => {
    const error = failure(() => rowOperations(nothing, [change]));
    expect([error.code, error.message]).toEqual(['refused', message]);
  });

  test('a database without its root row is no switch that answers', () => {
    expect(failure(() => nextConfiguration(nothing)).code).toBe('unreachable');
    expect(failure(() => rowOperations(nothing, [{ kind: 'create-bridge', bridge: wantedBridge }])).code).toBe(
      'unreachable',
    );
  });
});
