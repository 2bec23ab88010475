import { describe, expect, test } from 'vitest';
import { tapEvents } from '../../src/bus/bus.ts';
import { decodeBody } from '../../src/bus/decode-body.ts';
import { enveloped, fixtures, type Loose, rpcMessage } from './neutron-rpc.ts';

const UUID = '3a54a902-5fa7-48c2-abd4-abd3ff61c320';

function outcome(message: unknown) {
  return decodeBody(Buffer.from(enveloped(message)), tapEvents).outcome;
}

/** The outcome of a real message with one key changed (undefined removes it). */
function changed(method: string, path: string, value: unknown) {
  const message = rpcMessage(method);
  const keys = path.split('/');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((at: Loose, key) => at[key], message.args);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return outcome(message);
}

describe('real messages', () => {
  test('everything cast to agents is an event, everything cast to the plugin is not', () => {
    for (const { delivery, body } of fixtures) {
      const { origin, outcome: result } = decodeBody(Buffer.from(JSON.stringify(body)), tapEvents);
      const toAgents = delivery.exchange === 'n-taas_agent_fanout';
      expect(result.kind).toBe(toAgents ? 'event' : 'rejected');
      if (result.kind === 'event') expect(result.event.kind).toBe(origin.method);
      expect(origin.uniqueId).toMatch(/^[0-9a-f]{32}$/);
      expect(origin.requestId).toMatch(/^req-/);
    }
  });

  test('a tap service', () => {
    expect(outcome(rpcMessage('create_tap_service'))).toEqual({
      kind: 'event',
      event: {
        kind: 'create_tap_service',
        host: 'vm',
        tunnelAddress: null,
        recast: false,
        tapService: { id: UUID, taasId: 3000, portId: '7206b550-6f9f-469c-8d51-69d976cb1db6' },
      },
    });
  });

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['fd00::1', null],
    ['there', null],
    ['', null],
    [7, null],
    [null, null],
  ])('where tunnels reach the host of a service’s port, told as %j', (told, tunnelAddress) => {
    const message = changed('create_tap_service', 'tap_service/port/tunnel_address', told);
    expect(message).toMatchObject({ kind: 'event', event: { kind: 'create_tap_service', tunnelAddress } });
  });

  test('a tap flow', () => {
    expect(outcome(rpcMessage('create_tap_flow'))).toEqual({
      kind: 'event',
      event: {
        kind: 'create_tap_flow',
        host: 'vm',
        recast: false,
        tapFlow: {
          id: '2caa6f82-d151-4129-bf5d-c7e235067675',
          tapServiceId: UUID,
          sourcePortId: 'b76db62e-dcab-4d2c-ac10-bfc071a1abda',
          sourceMac: 'fa:16:3e:c0:53:ed',
          direction: 'IN',
          vlanFilter: null,
        },
      },
    });
  });

  test('deletes', () => {
    expect(outcome(rpcMessage('delete_tap_service'))).toEqual({
      kind: 'event',
      event: { kind: 'delete_tap_service', host: 'vm', id: UUID },
    });
    expect(outcome(rpcMessage('delete_tap_flow'))).toEqual({
      kind: 'event',
      event: { kind: 'delete_tap_flow', host: 'vm', id: '2caa6f82-d151-4129-bf5d-c7e235067675' },
    });
  });
});

describe('what is accepted', () => {
  test('newer releases say tap_service_msg', () => {
    for (const method of ['create_tap_service', 'delete_tap_service']) {
      const { tap_service: message, ...args } = rpcMessage(method).args;
      const newer = outcome({ method, args: { ...args, tap_service_msg: message } });
      expect(newer).toEqual(outcome(rpcMessage(method)));
      expect(newer.kind).toBe('event');
    }
  });

  test.each([
    [null, null],
    ['', null],
    [undefined, null],
    ['compute-2', 'compute-2'],
  ])('host %j', (value, host) => {
    expect(changed('create_tap_flow', 'host', value)).toMatchObject({ event: { host } });
  });

  test('upper case UUIDs and other spellings of a MAC become the canonical ones', () => {
    expect(changed('create_tap_service', 'tap_service/tap_service/id', UUID.toUpperCase())).toMatchObject({
      event: { tapService: { id: UUID } },
    });
    for (const mac of ['FA:16:3E:C0:53:ED', 'fa-16-3e-c0-53-ed']) {
      expect(changed('create_tap_flow', 'tap_flow_msg/port_mac', mac)).toMatchObject({
        event: { tapFlow: { sourceMac: 'fa:16:3e:c0:53:ed' } },
      });
    }
  });

  test.each([1, 4094])('taas_id %j', (taasId) => {
    expect(changed('create_tap_service', 'tap_service/taas_id', taasId)).toMatchObject({
      event: { tapService: { taasId } },
    });
  });

  test.each(['IN', 'OUT', 'BOTH'])('direction %s', (direction) => {
    expect(changed('create_tap_flow', 'tap_flow_msg/tap_flow/direction', direction)).toMatchObject({
      event: { tapFlow: { direction } },
    });
  });

  test.each([
    [null, null],
    [undefined, null],
    ['', null],
    [
      '10-20,30',
      [
        { first: 10, last: 20 },
        { first: 30, last: 30 },
      ],
    ],
  ])('vlan_filter %j', (value, vlanFilter) => {
    expect(changed('create_tap_flow', 'tap_flow_msg/tap_flow/vlan_filter', value)).toMatchObject({
      event: { tapFlow: { vlanFilter } },
    });
  });

  test('a create of an ACTIVE row is a recast', () => {
    for (const [method, path] of [
      ['create_tap_service', 'tap_service/tap_service/status'],
      ['create_tap_flow', 'tap_flow_msg/tap_flow/status'],
    ] as const) {
      expect(changed(method, path, 'ACTIVE')).toMatchObject({ event: { recast: true } });
      expect(changed(method, path, 'DOWN')).toMatchObject({ event: { recast: false } });
      expect(changed(method, path, undefined)).toMatchObject({ event: { recast: false } });
    }
  });

  test('a delete needs no more than an id', () => {
    expect(outcome({ method: 'delete_tap_service', args: { tap_service: { tap_service: { id: UUID } } } })).toEqual({
      kind: 'event',
      event: { kind: 'delete_tap_service', host: null, id: UUID },
    });
    const flow = { tap_flow: { id: UUID, direction: 7 }, port: null, port_mac: null };
    expect(outcome({ method: 'delete_tap_flow', args: { host: null, tap_flow_msg: flow } })).toEqual({
      kind: 'event',
      event: { kind: 'delete_tap_flow', host: null, id: UUID },
    });
  });

  test('a create whose port is null, or says nothing of its kind, is for us', () => {
    for (const port of [null, undefined, {}, { 'binding:vnic_type': null }, { 'binding:vnic_type': 'normal' }]) {
      expect(changed('create_tap_flow', 'tap_flow_msg/port', port).kind).toBe('event');
    }
  });

  test('keys that we do not know are nothing to us', () => {
    expect(changed('create_tap_flow', 'tap_flow_msg/newer', { any: ['thing'] }).kind).toBe('event');
    expect(changed('create_tap_flow', 'newer', 7).kind).toBe('event');
  });
});

describe('what is ignored', () => {
  test.each(['direct', 'macvtap', 'direct-physical', 'vdpa'])('ports of vnic_type %s', (vnicType) => {
    for (const [method, path] of [
      ['create_tap_service', 'tap_service/port'],
      ['delete_tap_service', 'tap_service/port'],
      ['create_tap_flow', 'tap_flow_msg/port'],
      ['delete_tap_flow', 'tap_flow_msg/port'],
    ] as const) {
      expect(changed(method, path, { 'binding:vnic_type': vnicType })).toEqual({
        kind: 'ignored',
        reason: `port.binding:vnic_type: "${vnicType}" ports are not on Open vSwitch`,
      });
    }
  });

  test.each(['create_tap_mirror', 'delete_tap_mirror'])('%s', (method) => {
    expect(outcome({ method, args: {} })).toEqual({
      kind: 'ignored',
      reason: `${method}: tap mirrors are not served by this agent`,
    });
  });
});

describe('what is rejected', () => {
  test.each([
    ['create_tap_service', 'tap_service', undefined, 'tap_service_msg: expected an object, got nothing'],
    ['create_tap_service', 'tap_service', 7, 'tap_service: expected an object, got 7'],
    ['create_tap_service', 'tap_service/tap_service', [], 'tap_service.tap_service: expected an object, got a list'],
    ['create_tap_service', 'tap_service/tap_service/id', 'x', 'tap_service.tap_service.id: expected a UUID, got "x"'],
    [
      'create_tap_service',
      'tap_service/tap_service/port_id',
      undefined,
      'tap_service.tap_service.port_id: expected a UUID, got nothing',
    ],
    ['create_tap_service', 'host', 7, 'host: expected the name of a host, or null, got 7'],
    ['create_tap_service', 'tap_service/port', 'p', 'tap_service.port: expected an object, got "p"'],
    ['delete_tap_service', 'tap_service/tap_service/id', null, 'tap_service.tap_service.id: expected a UUID, got null'],
    ['create_tap_flow', 'tap_flow_msg', undefined, 'tap_flow_msg: expected an object, got nothing'],
    [
      'create_tap_flow',
      'tap_flow_msg/tap_flow/tap_service_id',
      {},
      'tap_flow_msg.tap_flow.tap_service_id: expected a UUID, got an object',
    ],
    [
      'create_tap_flow',
      'tap_flow_msg/tap_flow/source_port',
      UUID.slice(1),
      `tap_flow_msg.tap_flow.source_port: expected a UUID, got "${UUID.slice(1)}"`,
    ],
    ['create_tap_flow', 'tap_flow_msg/port_mac', null, 'tap_flow_msg.port_mac: expected a MAC address, got null'],
    [
      'create_tap_flow',
      'tap_flow_msg/port_mac',
      'fa:16:3e:c0:53',
      'tap_flow_msg.port_mac: expected a MAC address, got "fa:16:3e:c0:53"',
    ],
    [
      'create_tap_flow',
      'tap_flow_msg/port_mac',
      'fa:16-3e:c0:53:ed',
      'tap_flow_msg.port_mac: expected a MAC address, got "fa:16-3e:c0:53:ed"',
    ],
    [
      'create_tap_flow',
      'tap_flow_msg/tap_flow/direction',
      'both',
      'tap_flow_msg.tap_flow.direction: expected "IN", "OUT" or "BOTH", got "both"',
    ],
    [
      'create_tap_flow',
      'tap_flow_msg/tap_flow/vlan_filter',
      '20-10',
      'tap_flow_msg.tap_flow.vlan_filter: expected VLAN ids and ranges such as "10-20,30", or null, got "20-10"',
    ],
    ['delete_tap_flow', 'tap_flow_msg/tap_flow', null, 'tap_flow_msg.tap_flow: expected an object, got null'],
  ])('%s with %s = %j', (method, path, value, reason) => {
    expect(changed(method, path, value)).toEqual({ kind: 'rejected', reason });
  });

  test.each([
    [0, '0'],
    [4095, '4095'],
    ['7', '"7"'],
    [null, 'null'],
    [70_000, '70000'],
    [-1, '-1'],
    [3.5, '3.5'],
    [true, 'true'],
    [undefined, 'nothing'],
  ])('taas_id %j', (value, shown) => {
    expect(changed('create_tap_service', 'tap_service/taas_id', value)).toEqual({
      kind: 'rejected',
      reason: `tap_service.taas_id: expected a whole number from 1 to 4094, got ${shown}`,
    });
  });

  test('a long value is cut short in the reason', () => {
    const result = changed('create_tap_service', 'tap_service/tap_service/id', 'x'.repeat(5_000));
    expect(result).toEqual({
      kind: 'rejected',
      reason: `tap_service.tap_service.id: expected a UUID, got "${'x'.repeat(60)}..."`,
    });
  });

  test('a value nested past any recursion limit', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const body = `{"method":"delete_tap_flow","args":{"tap_flow_msg":{"tap_flow":{"id":${deep}}}}}`;
    expect(decodeBody(Buffer.from(body), tapEvents).outcome).toEqual({
      kind: 'rejected',
      reason: 'tap_flow_msg.tap_flow.id: expected a UUID, got a list',
    });
  });

  test('an unknown method', () => {
    expect(outcome({ method: 'create_tap', args: {} })).toEqual({
      kind: 'rejected',
      reason: 'method: expected a tap service or tap flow method, got "create_tap"',
    });
  });

  test('a body over the limit, by its size alone', () => {
    const good = enveloped(rpcMessage('create_tap_flow'));
    const fits = Buffer.from(good.padEnd(tapEvents.maxBytes, ' '));
    expect(decodeBody(fits, tapEvents).outcome.kind).toBe('event');
    const over = decodeBody(Buffer.from(good.padEnd(tapEvents.maxBytes + 1, ' ')), tapEvents);
    expect(over.outcome).toEqual({
      kind: 'rejected',
      reason: 'body: expected at most 1048576 bytes, got 1048577',
    });
    expect(over.origin.method).toBeUndefined();
  });

  test('what could be read of a rejected message is kept for the log and the answer', () => {
    const message = { ...rpcMessage('create_tap_flow'), args: {}, _msg_id: 'id', _reply_q: 'q' };
    expect(decodeBody(Buffer.from(enveloped(message)), tapEvents).origin).toEqual({
      method: 'create_tap_flow',
      requestId: message._context_request_id,
      uniqueId: message._unique_id,
      call: { msgId: 'id', replyQueue: 'q' },
    });
  });
});
