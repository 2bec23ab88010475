import { describe, expect, test } from 'vitest';
import { readFacts } from '../../src/switch/read-facts.ts';
import { type Devices, readUnderlays } from '../../src/switch/read-underlays.ts';
import type { InterfaceRow } from '../../src/switch/tables.ts';
import { bridgeRow, interfaceRow, portRow, rowsOf } from './rows.ts';

const names = { integration: 'br-int', tap: 'br-tap', tunnel: 'br-tun' };

/** br-tun with these tunnels, and the interface of a bridge br-ex. */
function rowsWith(...tunnels: readonly Partial<InterfaceRow>[]) {
  const named = tunnels.map((device, index) => ({ name: `tunnel-${index}`, device }));
  return rowsOf({
    Bridge: { tun: bridgeRow('br-tun', { ports: new Set(named.map(({ name }) => name)) }) },
    Port: Object.fromEntries(named.map(({ name }) => [name, portRow(name)])),
    Interface: {
      'interface-br-ex': interfaceRow('br-ex', { type: 'internal', mtu: 1450 }),
      'interface-down': interfaceRow('down', { type: 'internal', mtu: undefined }),
      ...Object.fromEntries(named.map(({ name, device }) => [`interface-${name}`, interfaceRow(name, device)])),
    },
  });
}

const tunnel = (options: Readonly<Record<string, string>>, egress?: string): Partial<InterfaceRow> => ({
  type: 'vxlan',
  mtu: undefined,
  options: new Map(Object.entries(options)),
  status: new Map(egress === undefined ? [] : [['tunnel_egress_iface', egress]]),
});

const devices: Devices = {
  mtuOf: (name) => ({ eth0: 9000, 'br-ex': 1, down: 1300 })[name],
  holderOf: (address) => ({ '172.30.0.1': 'eth0', '172.30.0.9': 'br-ex' })[address],
};

function underlaysOf(...tunnels: readonly Partial<InterfaceRow>[]) {
  const rows = rowsWith(...tunnels);
  return readUnderlays(rows, readFacts(rows, names).tunnel, devices);
}

describe('the interfaces that tunnels leave by', () => {
  const to = (remote: string) => ({ remote_ip: remote, local_ip: '172.30.0.1' });

  test('are those that the switch names, once each, with the MTU that it tells before that of the kernel', () => {
    expect(
      underlaysOf(
        tunnel(to('172.30.0.2'), 'eth0'),
        tunnel(to('172.30.0.3'), 'br-ex'),
        tunnel(to('172.30.0.4'), 'eth0'),
      ),
    ).toEqual([
      { name: 'br-ex', addresses: [], mtu: 1450 },
      { name: 'eth0', addresses: [], mtu: 9000 },
    ]);
    expect(underlaysOf(tunnel(to('172.30.0.2'), 'down'))).toMatchObject([{ mtu: 1300 }]);
  });

  test('are those that have the address of tunnels whose flows name the other host', () => {
    expect(underlaysOf(tunnel(to('flow')))).toEqual([{ name: 'eth0', addresses: ['172.30.0.1'], mtu: 9000 }]);
    expect(underlaysOf(tunnel({ remote_ip: 'flow', local_ip: '172.30.0.9' }))).toMatchObject([{ mtu: 1450 }]);
    for (const local of [{}, { local_ip: 'flow' }, { local_ip: '172.30.0.8' }]) {
      expect(underlaysOf(tunnel({ remote_ip: 'flow', ...local }))).toEqual([]);
    }
  });

  test('are told without an MTU where nobody knows it, and not at all without a way out', () => {
    expect(underlaysOf(tunnel(to('172.30.0.2'), 'eth7'))).toEqual([{ name: 'eth7', addresses: [], mtu: undefined }]);
    expect(underlaysOf(tunnel(to('172.30.0.2')))).toEqual([]);
    expect(readUnderlays(rowsWith(), undefined, devices)).toEqual([]);
  });
});
