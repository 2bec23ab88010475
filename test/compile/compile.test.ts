import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { PortFact } from '../../src/compile/host-facts.ts';
import { isPatch } from '../../src/compile/pipeline.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';
import { createFlow, createService, stateAfter, tapFlow, tapService, uuid } from '../tap/builders.ts';
import { access, bridge, compiled, flowLines, flowsOf, hostFacts, inputFor, trunk, vmPort } from './builders.ts';

const sensor = vmPort(901, access(3));
const service = createService(tapService(1));
const one = (ports: readonly PortFact[], ...flows: Parameters<typeof createFlow>[0][]) =>
  compiled(inputFor(stateAfter(service, ...flows.map((flow) => createFlow(flow))), hostFacts([sensor, ...ports])));

describe('a BOTH flow from an access port to a sensor on the same host', () => {
  const { wanted, outcomes } = one([vmPort(1, access(5))], tapFlow(1));

  test('captures each direction, at its own mirror, and gives the sensor the untagged frame', () => {
    expect(flowLines(wanted, 'capture')).toEqual([
      '200 in_port=65001,dl_vlan=5 -> clone(pop_vlan,set_field:0x4->reg0,resubmit(,1))',
      '200 in_port=65101,dl_vlan=5 -> clone(pop_vlan,set_field:0x5->reg0,resubmit(,1))',
    ]);
    expect(flowLines(wanted, 'policy')).toEqual([
      '100 reg0=0x4 -> set_field:0xbb9->reg1,resubmit(,2)',
      '100 reg0=0x5 -> set_field:0xbb9->reg1,resubmit(,2)',
    ]);
    expect(flowLines(wanted, 'deliver')).toEqual([
      '100 reg1=0xbb9 -> push_vlan:0x8100,set_field:7097->vlan_vid,output:65000',
    ]);
    expect(flowLines(wanted, 'br-int')).toEqual(['60000 in_port=65000,dl_vlan=3001 -> pop_vlan,output:901']);
  });

  test('every flow has a cookie of ours, and what nothing matches is dropped', () => {
    expect(flowsOf(wanted).map(({ cookie }) => cookie.toString(16))).toEqual([
      '7461617300000000',
      '7461617300000000',
      '7461617300000000',
      '7461617310000005',
      '7461617310020005',
      '7461617320000004',
      '7461617320000005',
      '7461617330000001',
      '7461617340000001',
    ]);
    expect(flowsOf(wanted).filter(({ actions }) => actions === 'drop').length).toBe(3);
  });

  test('the mirrors select the port, and go to guarded ports of their own', () => {
    expect(wanted.mirrors).toEqual([
      { name: 'taas-in-0', way: 'IN', outputPort: 'mirror-in-0', ports: ['row-1'] },
      { name: 'taas-out-0', way: 'OUT', outputPort: 'mirror-out-0', ports: ['row-1'] },
    ]);
    const onBrInt = wanted.ports.filter((port) => port.bridge === 'integration');
    expect(onBrInt.map((port) => [port.name, isPatch(port) && port.guarded])).toEqual([
      ['patch-int-tap', true],
      ['mirror-in-0', true],
      ['mirror-out-0', true],
    ]);
  });

  test('both are realised', () => {
    expect([...outcomes.tapServices.values(), ...outcomes.tapFlows.values()]).toEqual([
      { kind: 'realised' },
      { kind: 'realised' },
    ]);
  });
});

describe('capture', () => {
  const capture = (...ports: PortFact[]) =>
    flowLines(one(ports, ...ports.map(({ ofport = 0 }) => tapFlow(ofport, { direction: 'IN' }))).wanted, 'capture');

  test('a trunk port has a mirror alone, and its frames keep their tags', () => {
    expect(capture(vmPort(1, access(5)), vmPort(2, trunk()))).toEqual([
      '200 in_port=65001,dl_vlan=5 -> clone(pop_vlan,set_field:0x4->reg0,resubmit(,1))',
      '100 in_port=65002 -> clone(set_field:0x6->reg0,resubmit(,1))',
    ]);
  });

  test('of a native-untagged trunk the native VLAN comes without its tag', () => {
    expect(capture(vmPort(1, trunk(7)))).toEqual([
      '200 in_port=65001,dl_vlan=7 -> clone(pop_vlan,set_field:0x4->reg0,resubmit(,1))',
      '100 in_port=65001 -> clone(set_field:0x4->reg0,resubmit(,1))',
    ]);
  });

  test('an access port of VLAN 0 is told by frames of no VLAN', () => {
    expect(capture(vmPort(1, access(0)))).toEqual([
      '200 in_port=65001,vlan_tci=0x0000/0x0fff -> clone(set_field:0x4->reg0,resubmit(,1))',
    ]);
  });

  test('ports of different VLANs share a mirror, of one VLAN they do not', () => {
    expect(
      capture(vmPort(1, access(5)), vmPort(2, access(6)), vmPort(3, access(5))).map((line) => line.slice(4, 28)),
    ).toEqual(['in_port=65001,dl_vlan=5 ', 'in_port=65001,dl_vlan=6 ', 'in_port=65002,dl_vlan=5 ']);
  });

  test('many tap flows of one port each get a frame of their own', () => {
    const { wanted } = one(
      [vmPort(1, access(5))],
      tapFlow(1, { direction: 'OUT' }),
      tapFlow(2, { direction: 'OUT', sourcePortId: uuid('port', 1) }),
    );
    expect(flowLines(wanted, 'capture')).toEqual([
      '200 in_port=65101,dl_vlan=5 -> clone(pop_vlan,set_field:0x5->reg0,resubmit(,1)),clone(pop_vlan,set_field:0x7->reg0,resubmit(,1))',
    ]);
  });

  test('past the budget ports are told apart by MAC, and a port is not given what it sent to a group', () => {
    const desired = stateAfter(service, createFlow(tapFlow(1)), createFlow(tapFlow(2)));
    const facts = hostFacts([sensor, vmPort(1, access(5)), vmPort(2, access(5))]);
    const { wanted } = compiled({ ...inputFor(desired, facts), limits: { maxIn: 1, maxOut: 1 } });
    const to = (...keys: string[]) =>
      keys.map((key) => `clone(pop_vlan,set_field:0x${key}->reg0,resubmit(,1))`).join(',');
    const group = '01:00:00:00:00:00/01:00:00:00:00:00';
    expect(flowLines(wanted, 'capture')).toEqual([
      `210 in_port=65001,dl_vlan=5,dl_dst=fa:16:3e:00:00:01 -> ${to('4')}`,
      `210 in_port=65001,dl_vlan=5,dl_dst=fa:16:3e:00:00:02 -> ${to('6')}`,
      `220 in_port=65001,dl_vlan=5,dl_src=fa:16:3e:00:00:01,dl_dst=${group} -> ${to('6')}`,
      `220 in_port=65001,dl_vlan=5,dl_src=fa:16:3e:00:00:02,dl_dst=${group} -> ${to('4')}`,
      `210 in_port=65001,dl_vlan=5,dl_dst=${group} -> ${to('4', '6')}`,
      `210 in_port=65101,dl_vlan=5,dl_src=fa:16:3e:00:00:01 -> ${to('5')}`,
      `210 in_port=65101,dl_vlan=5,dl_src=fa:16:3e:00:00:02 -> ${to('7')}`,
    ]);
  });
});

describe('vlan_filter', () => {
  const filtered = tapFlow(1, {
    direction: 'IN',
    vlanFilter: [
      { first: 10, last: 20 },
      { first: 30, last: 30 },
    ],
  });

  test('lets through only frames that the VM tagged with one of its VLANs', () => {
    expect(flowLines(one([vmPort(1, trunk())], filtered).wanted, 'policy')).toEqual([
      '100 reg0=0x4,vlan_tci=0x100a/0x1ffe -> set_field:0xbb9->reg1,resubmit(,2)',
      '100 reg0=0x4,vlan_tci=0x100c/0x1ffc -> set_field:0xbb9->reg1,resubmit(,2)',
      '100 reg0=0x4,vlan_tci=0x1010/0x1ffc -> set_field:0xbb9->reg1,resubmit(,2)',
      '100 reg0=0x4,dl_vlan=20 -> set_field:0xbb9->reg1,resubmit(,2)',
      '100 reg0=0x4,dl_vlan=30 -> set_field:0xbb9->reg1,resubmit(,2)',
    ]);
  });

  test.each([
    [1, 'waiting'],
    [2, 'realised'],
    [0, 'realised'],
  ])('on a dot1q-tunnel port with vlan-limit %i it is %s', (vlanLimit, kind) => {
    const facts = hostFacts([sensor, vmPort(1, { kind: 'tunnel', vid: 5 })], { vlanLimit });
    const { outcomes } = compiled(inputFor(stateAfter(service, createFlow(filtered)), facts));
    expect(outcomes.tapFlows.get(filtered.id)?.kind).toBe(kind);
  });
});

describe('the carrier of a service', () => {
  const carrier = (holders: ReadonlyMap<number, number>, ...ports: PortFact[]) => {
    const input = { ...inputFor(stateAfter(service), hostFacts([sensor, ...ports])), carrierHolders: holders };
    const { wanted } = compiled(input);
    return /dl_vlan=(\d+)/.exec(flowLines(wanted, 'br-int').join())?.[1];
  };

  test('is its taas_id, on both bridges alike', () => {
    expect(carrier(new Map())).toBe('3001');
  });

  test('is another one where that is a local VLAN: the firewall takes its frames for those of the network', () => {
    const { wanted } = one([vmPort(1, access(3001))]);
    expect(flowLines(wanted, 'br-int')).toEqual(['60000 in_port=65000,dl_vlan=4094 -> pop_vlan,output:901']);
    expect(flowLines(wanted, 'deliver')).toEqual([
      `100 reg1=0xbb9 -> push_vlan:0x8100,set_field:${0x1000 | 4094}->vlan_vid,output:65000`,
    ]);
  });

  test('is none that flows of another service hold still', () => {
    expect(carrier(new Map([[3001, 77]]))).toBe('4094');
  });

  test('stays as it is while it can', () => {
    expect(carrier(new Map([[2000, 1]]))).toBe('2000');
    expect(carrier(new Map([[2000, 1]]), vmPort(1, access(2000)))).toBe('3001');
  });
});

describe('a tap waits', () => {
  const reason = (ports: readonly PortFact[], desired: DesiredState = stateAfter(service, createFlow(tapFlow(1)))) => {
    const outcome = compiled(inputFor(desired, hostFacts(ports))).outcomes.tapFlows.get(uuid('flow', 1));
    return outcome?.kind === 'waiting' ? outcome.reason : outcome?.kind;
  };

  test.each([
    ['for its source', [sensor], /port cccccccc-.*1 is not plugged on this host/],
    [
      'for an OpenFlow port number',
      [sensor, vmPort(1, access(5), { ofport: undefined })],
      /has no OpenFlow port number/,
    ],
    ['for its VLAN', [sensor, vmPort(1, { kind: 'dead' })], /has not been given its VLAN yet/],
    [
      "for its service's port",
      [vmPort(1, access(5))],
      /tap service aaaaaaaa-.* is not there: port cccccccc-.* is not plugged/,
    ],
  ])('%s', (_, ports, words) => {
    expect(reason(ports)).toMatch(words);
  });

  test('for its service', () => {
    expect(reason([sensor, vmPort(1, access(5))], stateAfter(createFlow(tapFlow(1))))).toMatch(
      /it has not been created/,
    );
  });

  test('for a mirror that copies it, which none does for a patch port', () => {
    const patch = { peer: 'spt-1', ofportRequest: undefined, guarded: false };
    expect(reason([sensor, vmPort(1, access(5), { patch })])).toMatch(/tap1 is a patch port/);
  });

  test('for a mirror, when others use all', () => {
    const foreign = Array.from({ length: 32 }, (_, number) => ({
      rowId: `m${number}`,
      name: 'span',
      owned: false,
      selectDst: [],
      selectSrc: [],
      outputPort: undefined,
      plain: false,
    }));
    const integration = bridge('br-int', { ports: [sensor, vmPort(1, access(5))], mirrors: foreign });
    const desired = stateAfter(service, createFlow(tapFlow(1)));
    const { outcomes } = compiled(inputFor(desired, hostFacts([], { integration })));
    expect(outcomes.tapFlows.get(uuid('flow', 1))).toMatchObject({ kind: 'waiting', reason: /^no mirror is left/ });
  });

  test('two rows of one UUID: the one that works counts', () => {
    const stale = vmPort(1, access(5), { rowId: 'stale', name: 'a', ofport: undefined });
    const { wanted } = one([stale, vmPort(1, access(6), { name: 'b' })], tapFlow(1));
    expect(wanted.mirrors[0]?.ports).toEqual(['row-1']);
  });
});

describe('nothing is touched', () => {
  const blocked = (facts: Parameters<typeof inputFor>[1]) => {
    const result = compile(inputFor(stateAfter(service), facts));
    return result.kind === 'blocked' ? result.reason : undefined;
  };

  test('while br-int is missing', () => {
    expect(blocked(hostFacts([], { integration: undefined }))).toBe('bridge br-int is not on this switch');
  });

  test("when br-tap is somebody else's", () => {
    expect(blocked(hostFacts([], { tap: bridge('br-tap') }))).toMatch(/^bridge br-tap is there but not ours/);
  });

  test("when a port of our name is somebody else's", () => {
    const port = vmPort(50, trunk(), { name: 'patch-int-tap', portId: undefined });
    expect(blocked(hostFacts([port]))).toMatch(/^port patch-int-tap is there but not ours/);
  });
});

test('a port that changes its mirror is served at both places until the change is confirmed', () => {
  const mirror = (number: number, selectDst: string[]) => ({
    rowId: `m${number}`,
    name: `taas-in-${number}`,
    owned: true,
    selectDst,
    selectSrc: [],
    outputPort: undefined,
    plain: true,
  });
  const integration = bridge('br-int', { ports: [sensor, vmPort(1, access(5))], mirrors: [mirror(3, ['row-1'])] });
  const desired = stateAfter(service, createFlow(tapFlow(1, { direction: 'IN' })));
  const input = { ...inputFor(desired, hostFacts([], { integration })), limits: { maxIn: 2, maxOut: 2 } };
  const { wanted } = compiled(input);
  expect(wanted.mirrors.map(({ name, ports }) => [name, ports])).toEqual([
    ['taas-in-0', ['row-1']],
    ['taas-in-3', []],
  ]);
  expect(flowLines(wanted, 'capture').map((line) => line.slice(4, 17))).toEqual(['in_port=65001', 'in_port=65004']);
  expect([...wanted.moving.IN]).toEqual(['row-1']);
});

test('compile does not depend on the order of taps and rows', () => {
  const ports = fc.uniqueArray(
    fc.tuple(
      fc.integer({ min: 1, max: 12 }),
      fc.oneof(fc.integer({ min: 1, max: 3 }).map(access), fc.constant(trunk())),
    ),
    { selector: ([number]) => number, maxLength: 12 },
  );
  fc.assert(
    fc.property(ports, fc.infiniteStream(fc.nat()), (list, chance) => {
      const shuffled = <T>(values: readonly T[]) =>
        values
          .map((value) => ({ value, key: chance.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ value }) => value);
      const rows = [sensor, ...list.map(([number, vlans]) => vmPort(number, vlans))];
      const desired = stateAfter(service, ...list.map(([number]) => createFlow(tapFlow(number))));
      const other = { ...desired, tapFlows: new Map(shuffled([...desired.tapFlows])) };
      expect(compiled(inputFor(other, hostFacts(shuffled(rows))))).toEqual(
        compiled(inputFor(desired, hostFacts(rows))),
      );
    }),
  );
});
