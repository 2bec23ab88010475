import { describe, expect, test } from 'vitest';
import { readPorts } from '../../src/switch/read-ports.ts';
import { bridgeRow, interfaceRow, portRow, rowsOf } from './rows.ts';

const A = 'aaaaaaaa-0000-4000-8000-000000000001';
const B = 'bbbbbbbb-0000-4000-8000-000000000002';

type Given = readonly [name: string, port: Parameters<typeof portRow>[1], device: Parameters<typeof interfaceRow>[1]];

function portsOf(...given: readonly Given[]) {
  const rows = rowsOf({
    Bridge: { int: bridgeRow('br-int', { ports: new Set(given.map(([name]) => `port-${name}`)) }) },
    Port: Object.fromEntries(given.map(([name, port]) => [`port-${name}`, portRow(name, port)])),
    Interface: Object.fromEntries(given.map(([name, , device]) => [`interface-${name}`, interfaceRow(name, device)])),
  });
  return readPorts(rows, 'br-int');
}

const ids = (entries: Readonly<Record<string, string>>) => ({ external_ids: new Map(Object.entries(entries)) });

test('a port is told with all that the control plane wants to know of it', () => {
  const device = {
    ofport: 3,
    ...ids({
      'iface-id': A.toUpperCase(),
      'attached-mac': 'FA:16:3E:00:00:01',
      'port-name': 'web',
      'project-id': 'p1',
    }),
  };
  expect(portsOf(['tap1', { tag: 7 }, device])).toEqual([
    {
      portId: A,
      interfaceName: 'tap1',
      portName: 'web',
      mac: 'fa:16:3e:00:00:01',
      vlan: 7,
      projectId: 'p1',
      plugged: true,
    },
  ]);
});

test('what an interface does not say is null, and so is what it says with nothing', () => {
  const [port] = portsOf(['tap1', {}, { ofport: 3, ...ids({ 'iface-id': A, 'port-name': '', 'project-id': '' }) }]);
  expect(port).toEqual({
    portId: A,
    interfaceName: 'tap1',
    portName: null,
    mac: null,
    vlan: null,
    projectId: null,
    plugged: true,
  });
});

describe('plugged', () => {
  test.each([
    ['with a port number and a VLAN', { tag: 7 }, 3, true],
    ['without a port number', { tag: 7 }, undefined, false],
    ['that the switch could not open', { tag: 7 }, -1, false],
    ['with the dead VLAN', { tag: 4095 }, 3, false],
  ])('%s', (_, port, ofport, plugged) => {
    expect(portsOf(['tap1', port, { ofport, ...ids({ 'iface-id': A }) }])[0]?.plugged).toBe(plugged);
  });

  test.each([
    ['first', 3, undefined],
    ['second', undefined, 3],
  ])('of two interfaces with one id the plugged one counts, be it the %s', (_, first, second) => {
    const ports = portsOf(
      ['tap1', {}, { ofport: first, ...ids({ 'iface-id': A }) }],
      ['tap2', {}, { ofport: second, ...ids({ 'iface-id': A }) }],
    );
    expect(ports.map(({ plugged }) => plugged)).toEqual([true]);
  });
});

test('ports without an id are nobody’s; the others come in the order of their ids, whatever the switch’s order', () => {
  const given: Given[] = [
    ['tap2', {}, { ofport: 2, ...ids({ 'iface-id': B }) }],
    ['patch-tun', {}, { ofport: 9, type: 'patch' }],
    ['tap1', {}, { ofport: 1, ...ids({ 'iface-id': A }) }],
  ];
  const told = portsOf(...given);
  expect(told.map(({ portId }) => portId)).toEqual([A, B]);
  expect(portsOf(...given.toReversed())).toEqual(told);
});
