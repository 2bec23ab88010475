import { describe, expect, test } from 'vitest';
import { type BridgeNames, readFacts } from '../../src/switch/read-facts.ts';
import { bridgeRow, interfaceRow, mirrorRow, OURS, onePort, portRow, rootRow, rowsOf } from './rows.ts';

const names = { integration: 'br-int', tap: 'br-tap', tunnel: null };
const portOf = (...args: Parameters<typeof onePort>) => readFacts(onePort(...args), names).integration?.ports[0];

describe('which VLANs a port carries', () => {
  test.each([
    [{ tag: 5 }, { kind: 'access', vid: 5 }],
    [{ tag: 0 }, { kind: 'access', vid: 0 }],
    [{ vlan_mode: 'access' }, { kind: 'access', vid: 0 }],
    [
      { vlan_mode: 'access', tag: 5 },
      { kind: 'access', vid: 5 },
    ],
    [{}, { kind: 'trunk', native: 0 }],
    [{ trunks: new Set([1, 2]) }, { kind: 'trunk', native: 0 }],
    [
      { vlan_mode: 'trunk', tag: 5 },
      { kind: 'trunk', native: 0 },
    ],
    [
      { vlan_mode: 'native-untagged', tag: 5 },
      { kind: 'trunk', native: 5 },
    ],
    [{ vlan_mode: 'native-untagged' }, { kind: 'trunk', native: 0 }],
    [
      { vlan_mode: 'native-tagged', tag: 5 },
      { kind: 'trunk', native: 0 },
    ],
    [
      { vlan_mode: 'dot1q-tunnel', tag: 5 },
      { kind: 'tunnel', vid: 5 },
    ],
    [{ tag: 4095 }, { kind: 'dead' }],
    [{ vlan_mode: 'dot1q-tunnel', tag: 4095 }, { kind: 'dead' }],
  ] as const)('%j', (row, vlans) => {
    expect(portOf(row)?.vlans).toEqual(vlans);
  });
});

describe('ports', () => {
  test.each([
    [undefined, undefined],
    [-1, undefined],
    [0, undefined],
    [1, 1],
    [65_000, 65_000],
  ])('an ofport of %s counts as %s', (given, counts) => {
    expect(portOf({}, { ofport: given })?.ofport).toBe(counts);
  });

  test('the VM’s ids are read in lower case', () => {
    const ids = new Map([
      ['iface-id', 'ABCDEF00-0000-4000-8000-000000000001'],
      ['attached-mac', 'FA:16:3E:00:00:0A'],
    ]);
    expect(portOf({}, { external_ids: ids })).toMatchObject({
      portId: 'abcdef00-0000-4000-8000-000000000001',
      mac: 'fa:16:3e:00:00:0a',
      owned: false,
      patch: undefined,
    });
  });

  test('a patch port with its peer; guarded is one that carries VLAN 4095 and no other, and keeps priority tags', () => {
    const patch = { type: 'patch', options: new Map([['peer', 'b']]), ofport_request: 65_000 };
    const keep = new Map([['priority-tags', 'always']]);
    const guard = { vlan_mode: 'trunk', trunks: new Set([4095]), other_config: keep, external_ids: OURS } as const;
    expect(portOf(guard, patch)).toMatchObject({
      owned: true,
      patch: { peer: 'b', ofportRequest: 65_000, guarded: true },
    });
    expect(portOf({ ...guard, trunks: new Set([4095, 1]) }, patch)?.patch?.guarded).toBe(false);
    expect(portOf({ ...guard, trunks: new Set([1]) }, patch)?.patch?.guarded).toBe(false);
    expect(portOf({ ...guard, vlan_mode: undefined }, patch)?.patch?.guarded).toBe(false);
    for (const other_config of [new Map(), new Map([['priority-tags', 'never']])]) {
      expect(portOf({ ...guard, other_config }, patch)?.patch?.guarded).toBe(false);
    }
    expect(portOf({}, { type: 'patch' })?.patch).toEqual({ peer: '', ofportRequest: undefined, guarded: false });
  });

  test('the MTU as the switch tells it, if it does', () => {
    expect(portOf({}, { mtu: 9000 })?.mtu).toBe(9000);
    expect(portOf({}, { mtu: undefined })?.mtu).toBeUndefined();
  });

  test('a tunnel with its ends, and the interface that it leaves by', () => {
    const options = new Map([
      ['remote_ip', '172.30.0.2'],
      ['local_ip', '172.30.0.1'],
    ]);
    const status = new Map([
      ['tunnel_egress_iface', 'br-ex'],
      ['tunnel_egress_iface_carrier', 'up'],
    ]);
    const ends = { type: 'geneve', remote: '172.30.0.2', local: '172.30.0.1' };
    expect(portOf({}, { type: 'geneve', options, status })?.tunnel).toEqual({ ...ends, egress: 'br-ex' });
    expect(portOf({}, { type: 'geneve', options })?.tunnel).toEqual({ ...ends, egress: undefined });
    expect(portOf({}, { type: 'stt', options, status })?.tunnel).toBeUndefined();
    expect(portOf({}, { type: 'vxlan' })?.tunnel).toBeUndefined();
  });

  test('another owner’s mark is no mark of ours', () => {
    expect(portOf({ external_ids: new Map([['owner', 'somebody']]) })?.owned).toBe(false);
  });

  test('a bridge’s own port, and ports whose rows are not there yet, are left out', () => {
    const rows = rowsOf({
      Bridge: { int: bridgeRow('br-int', { ports: new Set(['own', 'port-a', 'half', 'gone']) }) },
      Port: { own: portRow('br-int'), 'port-a': portRow('a'), half: portRow('half') },
      Interface: { 'interface-br-int': interfaceRow('br-int'), 'interface-a': interfaceRow('a') },
    });
    expect(readFacts(rows, names).integration?.ports.map(({ name }) => name)).toEqual(['a']);
  });
});

test('mirrors: what they select, and whether somebody set what we never set', () => {
  const mirror = (rest: Parameters<typeof mirrorRow>[1]) => {
    const rows = rowsOf({
      Bridge: { int: bridgeRow('br-int', { mirrors: new Set(['m', 'gone']) }) },
      Mirror: { m: mirrorRow('taas-in-0', rest), elsewhere: mirrorRow('x') },
    });
    const found = readFacts(rows, names).integration?.mirrors;
    expect(found).toHaveLength(1);
    return found?.[0];
  };
  expect(mirror({ select_dst_port: new Set(['p']), select_src_port: new Set(['q']), output_port: 'o' })).toEqual({
    rowId: 'm',
    name: 'taas-in-0',
    owned: false,
    selectDst: ['p'],
    selectSrc: ['q'],
    outputPort: 'o',
    plain: true,
  });
  expect(mirror({ external_ids: OURS })?.owned).toBe(true);
  for (const odd of [{ select_all: true }, { select_vlan: new Set([1]) }, { output_vlan: 9 }, { snaplen: 100 }]) {
    expect(mirror(odd)?.plain).toBe(false);
  }
});

test('bridges: by the names of the settings, with what they are set to', () => {
  const rows = rowsOf({
    Bridge: {
      a: bridgeRow('br-int'),
      b: bridgeRow('br-tap', {
        external_ids: OURS,
        fail_mode: 'secure',
        datapath_type: 'system',
        flow_tables: new Map([
          [0, 't'],
          [1, 'gone'],
        ]),
      }),
      c: bridgeRow('br-ex'),
    },
    Flow_Table: { t: { name: 'capture', external_ids: OURS } },
  });
  const { integration, tap } = readFacts(rows, names);
  expect(integration).toMatchObject({ rowId: 'a', owned: false, failMode: 'standalone', datapathType: 'netdev' });
  expect(tap).toMatchObject({ rowId: 'b', owned: true, failMode: 'secure', datapathType: 'system' });
  expect(tap?.tableNames).toEqual(
    new Map([
      [0, 'capture'],
      [1, ''],
    ]),
  );
  expect(readFacts(rows, { integration: 'br-none', tap: 'br-ex', tunnel: null })).toMatchObject({
    integration: undefined,
    tap: { rowId: 'c' },
  });
});

test.each([
  [undefined, 1],
  ['0', 0],
  ['2', 2],
])('vlan-limit %s means %s headers', (given, limit) => {
  const other_config = new Map(given === undefined ? [] : [['vlan-limit', given]]);
  expect(readFacts(rowsOf({ Open_vSwitch: { root: rootRow({ other_config }) } }), names).vlanLimit).toBe(limit);
});

test('an empty database has no facts to tell', () => {
  expect(readFacts(rowsOf({}), names)).toEqual({
    integration: undefined,
    tap: undefined,
    tunnel: undefined,
    otherTunnels: [],
    vlanLimit: 1,
  });
});

describe('tunnels of other bridges', () => {
  const told = (options: Readonly<Record<string, string>>, at: Partial<BridgeNames> = {}) => {
    const device = { name: 'vxlan-1', type: 'vxlan', options: new Map(Object.entries(options)) };
    return readFacts(onePort({ name: 'vxlan-1' }, device), { ...names, ...at }).otherTunnels;
  };

  test.each([
    [{ key: 'flow' }, 'flow'],
    [{ in_key: 'flow', out_key: '7' }, 'flow'],
    [{ key: '7' }, 7],
    [{ in_key: '0x10', key: '7' }, 16],
    [{}, 0],
  ] as const)('are told with the keys that they take: %j', (options, key) => {
    expect(told(options)).toEqual([{ name: 'vxlan-1', type: 'vxlan', key }]);
  });

  test('are not those of the bridge with the tunnels, nor other ports', () => {
    expect(told({}, { integration: 'none', tunnel: 'br-int' })).toEqual([]);
    expect(readFacts(onePort({}, { type: 'patch' }), names).otherTunnels).toEqual([]);
  });
});
