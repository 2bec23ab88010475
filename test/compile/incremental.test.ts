import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CompileInput } from '../../src/compile/compile.ts';
import { compile } from '../../src/compile/compile.ts';
import type { PortVlans } from '../../src/compile/host-facts.ts';
import { capturePatch, SERVICE_PATCH } from '../../src/compile/pipeline.ts';
import type { Reusable } from '../../src/compile/wanted.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { createFlow, createService, deleteFlow, HOST, stateAfter, tapFlow, tapService, uuid } from '../tap/builders.ts';
import { anyPorts, anyTaps } from './any-host.ts';
import { access, bridge, compiled, flowLines, hostFacts, inputFor, trunk, vmPort } from './builders.ts';

const services = [createService(tapService(1)), createService(tapService(2, { portId: uuid('port', 901) }))];

/** Services that are made again, with another taas_id or another port. */
const anyService = fc
  .record({
    number: fc.integer({ min: 1, max: 2 }),
    taasId: fc.integer({ min: 1, max: 4 }),
    port: fc.constantFrom(901, 902),
  })
  .map(({ number, taasId, port }) => createService(tapService(number, { taasId, portId: uuid('port', port) })));

/** br-tap, whose ports may have been given other numbers than they asked for. */
const anyTapBridge = fc.option(
  fc
    .uniqueArray(fc.constantFrom(SERVICE_PATCH.tap, capturePatch('IN', 0).tap, capturePatch('OUT', 1).tap))
    .map((patches) =>
      bridge('br-tap', {
        owned: true,
        ports: patches.map(({ name }, index) => vmPort(700 + index, trunk(), { name, owned: true, portId: undefined })),
      }),
    ),
  { nil: undefined },
);

const anyRound = fc.record({
  services: fc.array(anyService, { maxLength: 2 }),
  tap: anyTapBridge,
  ports: anyPorts,
  taps: anyTaps,
  removed: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
  budget: fc.integer({ min: 0, max: 4 }),
  holder: fc.integer({ min: 1, max: 2 }),
  ofport: fc.integer({ min: 801, max: 802 }),
});

test('what is taken over from an earlier compile is what would be made anew, whatever has changed', () => {
  fc.assert(
    fc.property(fc.array(anyRound, { maxLength: 6 }), (rounds) => {
      let desired: DesiredState = stateAfter(...services);
      let before: Reusable | undefined;
      for (const { services: again, tap, ports, taps, removed, budget, holder, ofport } of rounds) {
        const events = [...removed.map((number) => deleteFlow(uuid('flow', number))), ...again, ...taps];
        desired = takeEvents(desired, events, HOST).state;
        const input: CompileInput = {
          ...inputFor(
            desired,
            hostFacts([vmPort(901, access(3), { ofport }), vmPort(902, access(4)), ...ports], { tap }),
          ),
          limits: { maxIn: budget, maxOut: budget },
          carrierHolders: new Map([[4000, holder]]),
        };
        const result = compile({ ...input, before });
        expect(result).toEqual(compile(input));
        if (result.kind === 'wanted') before = result.reusable;
      }
    }),
  );
});

test('one more tap flow makes only its own flows: those of all others are taken over', () => {
  const ports = Array.from({ length: 40 }, (_, index) => vmPort(index + 1, access(index + 10)));
  const flows = ports
    .slice(1)
    .map((_, index) => createFlow(tapFlow(index + 2, { sourcePortId: uuid('port', index + 2) })));
  const desired = stateAfter(...services, ...flows);
  const facts = hostFacts([vmPort(901, access(3)), ...ports]);
  const { reusable, wanted } = compiled(inputFor(desired, facts));
  const more = takeEvents(desired, [createFlow(tapFlow(1, { sourcePortId: uuid('port', 1) }))], HOST).state;
  const known = new Set(wanted.flows);
  const made = compiled({ ...inputFor(more, facts), before: reusable }).wanted.flows.filter((unit) => !known.has(unit));
  // At its two captures, and its policy.
  expect(made.length).toBe(3);
  const less = takeEvents(desired, [deleteFlow(uuid('flow', 7))], HOST).state;
  const rest = compiled({ ...inputFor(less, facts), before: reusable }).wanted.flows;
  expect(rest.filter((unit) => !known.has(unit))).toEqual([]);
  expect(rest.length).toBe(known.size - 3);
});

test('a trunk that is given the native VLAN of a port beside it is captured anew', () => {
  const desired = stateAfter(...services, createFlow(tapFlow(1)), createFlow(tapFlow(2)));
  const inputOf = (vlans: PortVlans): CompileInput => ({
    ...inputFor(desired, hostFacts([vmPort(901, access(3)), vmPort(1, access(2)), vmPort(2, vlans)])),
    limits: { maxIn: 1, maxOut: 1 },
  });
  const before = compiled(inputOf(trunk())).reusable;
  expect(compiled({ ...inputOf(trunk(2)), before })).toEqual(compiled(inputOf(trunk(2))));
});

test('frames of no VLAN and those of any other are told apart in one mirror', () => {
  const desired = stateAfter(...services, createFlow(tapFlow(1)), createFlow(tapFlow(2)));
  const facts = hostFacts([vmPort(901, access(3)), vmPort(1, access(0)), vmPort(2, trunk())]);
  const { wanted } = compiled({ ...inputFor(desired, facts), limits: { maxIn: 1, maxOut: 1 } });
  const matches = flowLines(wanted, 'capture').map((line) => line.split(' ')[1]);
  for (const inPort of [65001, 65101]) {
    expect(matches.some((match) => match?.startsWith(`in_port=${inPort},vlan_tci=0x0000/0x0fff`))).toBe(true);
    expect(matches).toContain(`in_port=${inPort}`);
  }
});
