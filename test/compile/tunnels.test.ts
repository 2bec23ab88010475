import { describe, expect, test } from 'vitest';
import { abandonedServices, guardedServices, noneAbandoned } from '../../src/compile/abandoned-services.ts';
import type { BridgeFact, PortFact } from '../../src/compile/host-facts.ts';
import { announcement } from '../../src/compile/tunnel-flows.ts';
import { foreignTunnelKeys } from '../../src/compile/tunnel-keys.ts';
import type { TapEvent } from '../../src/tap/event.ts';
import { giveUp, settle } from '../../src/tap/settle.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { createFlow, createService, HOST, stateAfter, tapFlow, tapService, uuid } from '../tap/builders.ts';
import {
  access,
  bridge,
  compiled,
  flowLines,
  flowsOf,
  flowTables,
  hostFacts,
  inputFor,
  tunnelBridge,
  tunnelLines,
  usualTunnels,
  vmPort,
} from './builders.ts';

const source = vmPort(1, access(5));
const sensor = vmPort(901, access(6));
const elsewhere = createService(tapService(1, { taasId: 7 }), 'compute-2');
const here = createService(tapService(1, { taasId: 7 }), HOST);
const flow = createFlow(tapFlow(1, { direction: 'OUT' }));
const twoTunnels = tunnelBridge('vxlan', '172.30.0.2', '172.30.0.3');

/** How many flows all services share. */
const SHARED = 6;

const input = (ports: readonly PortFact[], tunnel: BridgeFact | undefined, ...events: readonly TapEvent[]) =>
  inputFor(stateAfter(...events), hostFacts(ports, { tunnel }));
const on = (...args: Parameters<typeof input>) => compiled(input(...args));

describe('a source here, its service on another host', () => {
  const { wanted, outcomes } = on([source], twoTunnels, elsewhere, flow);

  test('copies leave br-tap with the taas_id as their tag', () => {
    expect(flowLines(wanted, 'deliver')).toEqual([
      '100 reg1=0x7 -> push_vlan:0x8100,set_field:4103->vlan_vid,output:65200',
    ]);
  });

  test('are flooded until somebody answers, and then go there', () => {
    expect(tunnelLines(wanted)).toEqual([
      '0 10 in_port=65200 -> resubmit(,30)',
      '31 10 vlan_tci=0x1000/0x1000 -> set_field:4097->vlan_vid,resubmit(,32)',
      '31 20 reg6=0x1 -> output:1',
      '31 20 reg6=0x2 -> output:2',
      '31 20 reg6=0xffff -> drop',
      '32 10  -> output:1,output:2',
      '30 10 dl_vlan=7 -> set_field:0x7->tun_id,resubmit(,33),resubmit(,31)',
      '4 10 tun_id=0x7,dl_vlan=2 -> move:NXM_OF_ETH_SRC[0..23]->NXM_NX_REG7[0..23],set_field:4103->vlan_vid,learn(table=33,priority=20,delete_learned,' +
        'cookie=0x7461617380000001,NXM_OF_VLAN_TCI[0..12],load:0->NXM_OF_VLAN_TCI[0..11],' +
        'load:NXM_OF_IN_PORT[]->NXM_NX_REG6[0..15])',
    ]);
  });

  test('the pair of ports is there, and the tap is realised', () => {
    expect(wanted.ports.filter(({ bridge }) => bridge === 'tunnel').map(({ name }) => name)).toEqual(['patch-tun-tap']);
    expect(outcomes.tapFlows.get(uuid('flow', 1))).toEqual({ kind: 'realised' });
  });

  test('a learnt place may stay while its tunnel is there', () => {
    expect(wanted.learnt).toEqual({ taasIds: new Map([[1, 7]]), ports: new Set([1, 2]) });
  });
});

describe('a service here', () => {
  const { wanted } = on([sensor], twoTunnels, here);

  test('takes copies out of tunnels, and answers those that were flooded', () => {
    expect(tunnelLines(wanted).slice(SHARED)).toEqual([
      '4 10 tun_id=0x7,dl_vlan=0 -> set_field:4103->vlan_vid,output:65200',
      '4 10 tun_id=0x7,dl_vlan=1 -> set_field:4103->vlan_vid,output:65200,set_field:0x7->tun_id,set_field:4098->vlan_vid,IN_PORT',
    ]);
    expect(flowLines(wanted, 'capture')).toEqual([
      '100 in_port=65200,dl_vlan=7 -> pop_vlan,set_field:0x7->reg1,resubmit(,2)',
    ]);
  });

  test('is not sent to', () => {
    const both = on([source, sensor], twoTunnels, here, flow).wanted;
    expect(flowLines(both, 'deliver')).toEqual([
      '100 reg1=0x7 -> push_vlan:0x8100,set_field:4103->vlan_vid,output:65000',
    ]);
    expect(both.learnt.taasIds.size).toBe(0);
  });
});

test.each([
  ['gre', 3],
  ['vxlan', 4],
  ['geneve', 6],
] as const)('what comes out of a %s tunnel is met in table %i', (type, table) => {
  const lines = tunnelLines(on([sensor], tunnelBridge(type, '172.30.0.2'), here).wanted);
  expect(lines.filter((line) => line.includes('tun_id=')).map((line) => line.split(' ')[0])).toEqual([
    String(table),
    String(table),
  ]);
});

describe('where a service may be', () => {
  const reasonOf = (...args: Parameters<typeof input>) => on(...args).outcomes.tapFlows.get(uuid('flow', 1));

  test('one of this host that never was ACTIVE is waited for', () => {
    expect(reasonOf([source], twoTunnels, here, flow)).toEqual({
      kind: 'waiting',
      reason: expect.stringContaining('is not plugged on this host'),
    });
  });

  test('one that was ACTIVE here, and whose port has gone, is looked for elsewhere', () => {
    const before = stateAfter(here, flow);
    const desired = settle(before, { tapServices: new Set([uuid('service', 1)]), tapFlows: new Set() });
    const { outcomes } = compiled(inputFor(desired, hostFacts([source], { tunnel: twoTunnels })));
    expect(outcomes.tapFlows.get(uuid('flow', 1))).toEqual({ kind: 'realised' });
  });

  test('one whose port is here, but dead, is not', () => {
    const dead = vmPort(901, { kind: 'dead' });
    expect(reasonOf([source, dead], twoTunnels, elsewhere, flow)).toMatchObject({ kind: 'waiting' });
  });

  test.each([
    ['no bridge with tunnels', undefined, 'there is no bridge with tunnels to other hosts'],
    ['no tunnel', bridge('br-tun'), 'there is no tunnel to another host yet'],
  ])('with %s it cannot be reached, and that is why', (_, tunnel, reason) => {
    expect(reasonOf([source], tunnel, elsewhere, flow)).toEqual({
      kind: 'waiting',
      reason: expect.stringContaining(reason),
    });
  });
});

describe('a taas_id that is the tunnel key of a network of this host', () => {
  const foreign = flowTables([
    { bridge: 'tunnel', table: 4, priority: 1, cookie: 5n, match: 'tun_id=0x7', actions: '' },
    { bridge: 'tunnel', table: 4, priority: 0, cookie: 5n, match: '', actions: '' },
  ]).tunnel;
  const colliding = (...args: Parameters<typeof input>) =>
    compiled({ ...input(...args), foreignKeys: foreignTunnelKeys(foreign) });

  test('is seen in flows of others only', () => {
    expect(foreignTunnelKeys(foreign)).toEqual(new Set([7]));
    const ours = [...foreign].map(([key, each]) => [key, { ...each, cookie: 0x7461617370000001n }] as const);
    expect(foreignTunnelKeys(new Map(ours))).toEqual(new Set());
  });

  test('refuses the tap at its source, and at its service', () => {
    const refused = { kind: 'refused', reason: expect.stringContaining('tunnel key 7') };
    expect(colliding([source], twoTunnels, elsewhere, flow).outcomes.tapFlows.get(uuid('flow', 1))).toEqual(refused);
    expect(colliding([sensor], twoTunnels, here).outcomes.tapServices.get(uuid('service', 1))).toEqual(refused);
  });

  test('keeps what other hosts flood out of that network', () => {
    const { wanted } = colliding([], twoTunnels, elsewhere);
    expect(tunnelLines(wanted).slice(SHARED)).toEqual([
      '4 10 tun_id=0x7,dl_vlan=0 -> drop',
      '4 10 tun_id=0x7,dl_vlan=1 -> drop',
      '4 10 tun_id=0x7,dl_vlan=2 -> drop',
    ]);
  });
});

describe('a service that this host has given up', () => {
  const guard = [
    '4 10 tun_id=0x7,dl_vlan=0 -> drop',
    '4 10 tun_id=0x7,dl_vlan=1 -> drop',
    '4 10 tun_id=0x7,dl_vlan=2 -> drop',
  ];
  const whole = stateAfter(here, flow);
  const [given] = whole.tapServices.values();
  const left = giveUp(whole, [{ kind: 'tap_service', id: uuid('service', 1), reason: '' }]);
  const abandoned = abandonedServices(left, whole.tapServices, noneAbandoned);
  const linesWith = (foreignKeys: ReadonlySet<number>, from = left, gone = abandoned) => {
    const facts = hostFacts([], { tunnel: twoTunnels });
    return tunnelLines(compiled({ ...inputFor(from, facts), foreignKeys, abandoned: gone }).wanted).slice(SHARED);
  };

  test('is still kept out of a network with its number, as other hosts may send to it', () => {
    expect(linesWith(new Set([7]))).toEqual(guard);
    expect(linesWith(new Set([8]))).toEqual([]);
    expect(linesWith(new Set([7]), left, noneAbandoned)).toEqual([]);
  });

  test('is known again from the switch after a restart', () => {
    const facts = hostFacts([], { tunnel: twoTunnels });
    const { wanted } = compiled({ ...inputFor(left, facts), foreignKeys: new Set([7]), abandoned });
    const onSwitch = guardedServices(flowTables(flowsOf(wanted)).tunnel);
    expect(onSwitch).toEqual(new Map([[given?.number, { id: null, taasId: 7 }]]));
    expect(linesWith(new Set([7]), left, abandonedServices(left, new Map(), onSwitch))).toEqual(guard);
  });

  test('is forgotten with the last flow to it, and when it or another takes its number', () => {
    const unsent = stateAfter(here);
    const nobodySends = giveUp(unsent, [{ kind: 'tap_service', id: uuid('service', 1), reason: '' }]);
    expect(abandonedServices(nobodySends, unsent.tapServices, abandoned)).toEqual(noneAbandoned);
    expect(abandonedServices(whole, new Map(), abandoned)).toEqual(noneAbandoned);
    const other = createService(tapService(2, { taasId: 7 }), HOST);
    const { state } = takeEvents(left, [other], HOST);
    expect(abandonedServices(state, left.tapServices, abandoned)).toEqual(noneAbandoned);
  });
});

test('copies are cut to the length that is set, but for the tag that they have on the wire only', () => {
  const cut = { ...input([source], twoTunnels, elsewhere, flow), tunnel: { ...usualTunnels, truncateTo: 128 } };
  expect(tunnelLines(compiled(cut).wanted).filter((line) => line.includes('output'))).toEqual([
    '31 20 reg6=0x1 -> clone(output(port=1,max_len=132))',
    '31 20 reg6=0x2 -> clone(output(port=2,max_len=132))',
    '32 10  -> clone(output(port=1,max_len=132)),clone(output(port=2,max_len=132))',
  ]);
});

test('an announcement is an answer that nobody has asked for, to all hosts', () => {
  const { actions, frame } = announcement(7, 0x1020304);
  expect(actions).toBe('set_field:0x7->tun_id,resubmit(,32)');
  // To nobody, from a locally administered address, with the tag of VLAN 2.
  expect(Buffer.from(frame.subarray(0, 18)).toString('hex')).toBe('0180c200000e0274610203048100000288b5');
  expect(frame).toHaveLength(64);
});
