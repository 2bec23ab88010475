import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inventoryCast, statusCast, syncCast } from '../../src/bus/casts.ts';
import { agentReports } from '../../src/bus/control-plane-bus.ts';
import { decodeBody } from '../../src/bus/decode-body.ts';
import { encodeCast } from '../../src/bus/oslo-envelope.ts';
import { tidyInventory } from '../../src/bus/tidy-inventory.ts';
import type { PortInventory, ReportedPort } from '../../src/contract/agent-report.ts';
import { enveloped, fixtures, type Loose, rpcMessage } from './neutron-rpc.ts';

const ID = '3a54a902-5fa7-48c2-abd4-abd3ff61c320';
const STAMP = { uniqueId: '0'.repeat(32), requestId: 'req-1', timestamp: '2026-01-01 00:00:00.000000' };

function decode(body: string) {
  return decodeBody(Buffer.from(body), agentReports).outcome;
}

/** What arrives of what an agent casts. */
function arrived({ method, args }: { readonly method: string; readonly args: Loose }) {
  return decode(encodeCast(method, args, STAMP));
}

const PORT: ReportedPort = {
  portId: ID,
  interfaceName: 'tap3a54a902-5f',
  portName: 'web',
  mac: 'fa:16:3e:00:00:01',
  vlan: 7,
  projectId: 'p',
  plugged: true,
};

function inventoryOf(...ports: readonly ReportedPort[]): PortInventory {
  return { host: 'h', tunnelAddress: '192.0.2.1', ports };
}

/** The arguments of an inventory of two ports, the second with one key changed (undefined removes it). */
function changedPort(key: string, value: unknown): Loose {
  const { method, args } = inventoryCast(inventoryOf({ ...PORT, portId: 'other' }, PORT));
  const copy: Loose = structuredClone(args);
  if (value === undefined) delete copy.ports[1][key];
  else copy.ports[1][key] = value;
  return { method, args: copy };
}

describe('Neutron’s methods', () => {
  test('everything that Neutron’s own agent cast to the plugin is a report, nothing cast to agents is', () => {
    for (const { delivery, body } of fixtures) {
      const { kind } = decode(JSON.stringify(body));
      expect(kind).toBe(delivery.exchange === 'n-taas_agent_fanout' ? 'rejected' : 'event');
    }
    const service = decode(enveloped(rpcMessage('set_tap_service_status')));
    expect(service).toMatchObject({
      event: { kind: 'status', of: 'tap_service', id: ID, status: 'ACTIVE', host: 'vm' },
    });
  });

  test.each(['ACTIVE', 'ERROR', 'INACTIVE'] as const)('what our agent casts comes back: %s', (status) => {
    for (const kind of ['tap_service', 'tap_flow'] as const) {
      expect(arrived(statusCast({ kind, id: ID, status }, 'h'))).toEqual({
        kind: 'event',
        event: { kind: 'status', of: kind, id: ID, status, host: 'h' },
      });
    }
    expect(arrived(syncCast('h'))).toEqual({ kind: 'event', event: { kind: 'sync', host: 'h' } });
  });

  test('an agent of Neutron’s that could not remove a tap says PENDING_DELETE', () => {
    const args = { msg: { id: ID.toUpperCase(), newer: 1 }, status: 'PENDING_DELETE', host: 'h', newer: 1 };
    expect(arrived({ method: 'set_tap_flow_status', args })).toEqual({
      kind: 'event',
      event: { kind: 'status', of: 'tap_flow', id: ID, status: 'PENDING_DELETE', host: 'h' },
    });
  });

  test.each<[string, Loose, string]>([
    ['set_tap_flow_status', { status: 'ACTIVE', host: 'h' }, 'msg: expected an object, got nothing'],
    ['set_tap_flow_status', { msg: {}, status: 'ACTIVE', host: 'h' }, 'msg.id: expected a UUID, got nothing'],
    ['set_tap_service_status', { msg: { id: 'x' }, status: 'ACTIVE', host: 'h' }, 'msg.id: expected a UUID, got "x"'],
    [
      'set_tap_flow_status',
      { msg: { id: ID }, status: 'DOWN', host: 'h' },
      'status: expected "ACTIVE", "ERROR", "INACTIVE" or "PENDING_DELETE", got "DOWN"',
    ],
    ['set_tap_flow_status', { msg: { id: ID }, status: 'ACTIVE' }, 'host: expected the name of a host, got nothing'],
    [
      'set_tap_flow_status',
      { msg: { id: ID }, status: 'ACTIVE', host: '' },
      'host: expected the name of a host, got ""',
    ],
    [
      'set_tap_flow_status',
      { msg: { id: ID }, status: 'ACTIVE', host: 'é'.repeat(101) },
      `host: expected the name of a host, got "${'é'.repeat(60)}..."`,
    ],
    ['sync_tap_resources', { host: 'h' }, 'sync_tap_res: expected an object, got nothing'],
    [
      'sync_tap_resources',
      { sync_tap_res: { host_id: null }, host: 'h' },
      'sync_tap_res.host_id: expected the name of a host, got null',
    ],
    ['create_tap_flow', {}, 'method: expected a report of an agent, got "create_tap_flow"'],
  ])('%s with %j', (method, args, reason) => {
    expect(arrived({ method, args })).toEqual({ kind: 'rejected', reason });
  });
});

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((value) => value.length <= 255 && !/\p{Cc}/u.test(value));
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/\B(?=(..)+$)/g, ':'),
);
/** What anybody writes into external_ids. */
const odd = fc.oneof(text, mac, fc.string({ unit: 'binary' }), fc.constantFrom('', '\n', '\ud800', 'x'.repeat(256)));

const host = fc.domain().filter((name) => name.length <= 200);

function inventories(anyText: fc.Arbitrary<string>, anyMac: fc.Arbitrary<string>, address: fc.Arbitrary<string>) {
  const port = fc.record({
    portId: anyText.map((value) => value.toLowerCase()),
    interfaceName: anyText,
    portName: fc.option(anyText),
    mac: fc.option(anyMac),
    vlan: fc.option(fc.integer({ min: 0, max: 4095 })),
    projectId: fc.option(anyText),
    plugged: fc.boolean(),
  });
  return fc.record({ host, tunnelAddress: fc.option(address), ports: fc.array(port) });
}

describe('port inventories', () => {
  test('what an agent casts comes back as it was', () => {
    fc.assert(
      fc.property(inventories(text, mac, fc.ipV4()), (inventory) => {
        expect(arrived(inventoryCast(inventory))).toEqual({ kind: 'event', event: { kind: 'ports', ...inventory } });
      }),
    );
  });

  test('whatever texts a switch holds: the rest arrives, from an agent that leaves them out and from one that does not', () => {
    fc.assert(
      fc.property(inventories(odd, odd, odd), (inventory) => {
        const { inventory: usable, remark } = tidyInventory(inventory);
        const event = { kind: 'ports', ...usable };
        expect(arrived(inventoryCast(usable))).toEqual({ kind: 'event', event });
        const loud = remark === undefined ? {} : { remark: expect.stringMatching(/^[^\n]{1,400}$/) };
        expect(arrived(inventoryCast(inventory))).toEqual({ kind: 'event', event, ...loud });
        expect(remark === undefined).toBe(JSON.stringify(usable) === JSON.stringify(inventory));
      }),
    );
  });

  const TEXT = 'expected 1 to 255 characters without controls, got';
  test.each<[string, string, Partial<ReportedPort> | null, string]>([
    ['port_id', '', null, `ports.1.port_id: ${TEXT} ""`],
    ['port_id', 'x'.repeat(256), null, `ports.1.port_id: ${TEXT} "${'x'.repeat(60)}..."`],
    ['interface_name', 'a\nb', null, `ports.1.interface_name: ${TEXT} "a\\nb"`],
    ['port_name', 'x'.repeat(256), { portName: null }, `ports.1.port_name: ${TEXT} "${'x'.repeat(60)}..."`],
    ['port_name', '\ud800', { portName: null }, `ports.1.port_name: ${TEXT} "\\ud800"`],
    ['project_id', '', { projectId: null }, `ports.1.project_id: ${TEXT} ""`],
    ['mac', 'fa:16:3e', { mac: null }, 'ports.1.mac: expected a MAC address, got "fa:16:3e"'],
  ])('a port whose %s is %j hides no other port', (key, value, left, remark) => {
    const outcome = arrived(changedPort(key, value));
    const rest = left === null ? [] : [{ ...PORT, ...left }];
    expect(outcome).toMatchObject({ kind: 'event', event: { ports: [{ portId: 'other' }, ...rest] } });
    expect(outcome).toMatchObject({ remark: expect.stringContaining(remark) });
  });

  test('a remark names the interface, and counts what else there is', () => {
    const { method, args } = inventoryCast(inventoryOf({ ...PORT, mac: '' }, { ...PORT, portName: '', projectId: '' }));
    expect(arrived({ method, args: { ...args, tunnel_address: 'fd00::1' } })).toMatchObject({
      event: { tunnelAddress: null, ports: [{ mac: null }, { portName: null, projectId: null }] },
      remark: 'tunnel_address: expected an IPv4 address, or null, got "fd00::1", and 3 more',
    });
    expect(arrived({ method, args })).toMatchObject({
      remark: 'ports.0.mac: expected a MAC address, got "" (interface "tap3a54a902-5f"), and 2 more',
    });
  });

  test('ids and MACs become lower case, what may be missing may be, and other keys are nothing to us', () => {
    const port = { port_id: ID.toUpperCase(), interface_name: 'tap', plugged: false, newer: {} };
    const args = { host: 'h', ports: [port, { ...port, mac: 'FA:16:3E:00:00:01' }], newer: 1 };
    const plain = { portId: ID, interfaceName: 'tap', portName: null, vlan: null, projectId: null, plugged: false };
    expect(arrived({ method: 'report_ports', args })).toEqual({
      kind: 'event',
      event: {
        kind: 'ports',
        host: 'h',
        tunnelAddress: null,
        ports: [
          { ...plain, mac: null },
          { ...plain, mac: 'fa:16:3e:00:00:01' },
        ],
      },
    });
  });

  test.each<[string, unknown, string]>([
    ['port_id', undefined, 'ports.1.port_id: expected a string, got nothing'],
    ['interface_name', 7, 'ports.1.interface_name: expected a string, got 7'],
    ['port_name', 7, 'ports.1.port_name: expected a string, or null, got 7'],
    ['vlan', 4096, 'ports.1.vlan: expected a VLAN id from 0 to 4095, or null, got 4096'],
    ['vlan', '7', 'ports.1.vlan: expected a VLAN id from 0 to 4095, or null, got "7"'],
    ['plugged', 'yes', 'ports.1.plugged: expected true or false, got "yes"'],
    ['plugged', undefined, 'ports.1.plugged: expected true or false, got nothing'],
  ])('what no agent of ours would send is rejected: %s %j', (key, value, reason) => {
    expect(arrived(changedPort(key, value))).toEqual({ kind: 'rejected', reason });
  });

  test.each<[Loose, string]>([
    [{ host: 'h' }, 'ports: expected a list, got nothing'],
    [{ host: 'h', ports: [7] }, 'ports.0: expected an object, got 7'],
    [{ ports: [] }, 'host: expected the name of a host, got nothing'],
    [{ host: 'h', ports: [], tunnel_address: 1 }, 'tunnel_address: expected a string, or null, got 1'],
  ])('arguments %j are rejected', (args, reason) => {
    expect(arrived({ method: 'report_ports', args })).toEqual({ kind: 'rejected', reason });
  });

  test('2,000 ports whose every text is as long as can be, and doubly escaped, are few enough bytes', () => {
    const long = '"'.repeat(255);
    const port = { ...PORT, portId: long, interfaceName: long, portName: long, projectId: long, vlan: 4095 };
    const inventory = inventoryOf(...Array.from({ length: 2_000 }, () => port));
    const { method, args } = inventoryCast(tidyInventory(inventory).inventory);
    const body = encodeCast(method, args, STAMP);
    expect(Buffer.byteLength(body)).toBeGreaterThan(8_000_000);
    expect(decode(body)).toEqual({ kind: 'event', event: { kind: 'ports', ...inventory } });
  });
});
