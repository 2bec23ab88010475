import { describe, expect, test } from 'vitest';
import type { Change, RowChange } from '../../src/ovsdb-client/replica.ts';
import { bearsOnFacts } from '../../src/switch/bears-on-facts.ts';
import type { InterfaceRow, SwitchTables } from '../../src/switch/tables.ts';
import { bridgeRow, interfaceRow, rootRow } from './rows.ts';

const changeOf = (row: RowChange<SwitchTables>): Change<SwitchTables> => ({
  kind: 'updated',
  tables: new Set([row.table]),
  rows: [row],
});

describe('a change of an interface', () => {
  const before = interfaceRow('vxlan-1', { type: 'vxlan', status: new Map([['tunnel_egress_iface', 'br-ex']]) });
  const bears = (rest: Partial<InterfaceRow>) =>
    bearsOnFacts(changeOf({ table: 'Interface', uuid: 'u', before, after: { ...before, ...rest } }));

  test.each([
    ['its number', { ofport: 6 }],
    ['its MTU', { mtu: 1400 }],
    ['its MTU, which is gone', { mtu: undefined }],
    ['its options', { options: new Map([['remote_ip', '172.30.0.2']]) }],
    ['its ids', { external_ids: new Map([['iface-id', 'x']]) }],
    ['the way out', { status: new Map([['tunnel_egress_iface', 'eth0']]) }],
    ['the way out, which is gone', { status: new Map() }],
  ])('counts when it is of %s', (_, rest) => {
    expect(bears(rest)).toBe(true);
  });

  test('does not count when it is of how its device is', () => {
    const status = new Map([
      ['tunnel_egress_iface', 'br-ex'],
      ['tunnel_egress_iface_carrier', 'down'],
    ]);
    expect(bears({ status })).toBe(false);
  });

  test('counts when it comes or goes', () => {
    const row = { table: 'Interface', uuid: 'u' } as const;
    expect(bearsOnFacts(changeOf({ ...row, before: undefined, after: before }))).toBe(true);
    expect(bearsOnFacts(changeOf({ ...row, before, after: undefined }))).toBe(true);
  });
});

test('of Open_vSwitch, bridges and settings count, and not how far ovs-vswitchd has come', () => {
  const before = rootRow();
  const bears = (rest: Partial<typeof before>) =>
    bearsOnFacts(changeOf({ table: 'Open_vSwitch', uuid: 'u', before, after: { ...before, ...rest } }));
  expect(bears({ cur_cfg: 2, next_cfg: 2 })).toBe(false);
  expect(bears({ bridges: new Set(['b']) })).toBe(true);
  expect(bears({ other_config: new Map() })).toBe(true);
});

test('of other tables everything counts, and so does a new beginning', () => {
  const before = bridgeRow('br-int');
  expect(bearsOnFacts(changeOf({ table: 'Bridge', uuid: 'u', before, after: { ...before } }))).toBe(true);
  expect(bearsOnFacts({ kind: 'updated', tables: new Set(), rows: [] })).toBe(false);
  expect(bearsOnFacts({ kind: 'synchronised', tables: new Set(), rows: [] })).toBe(true);
});
