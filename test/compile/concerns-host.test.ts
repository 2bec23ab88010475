import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concernsHost } from '../../src/compile/concerns-host.ts';
import type { Outcome } from '../../src/compile/wanted.ts';
import type { DesiredState, Held } from '../../src/tap/desired-state.ts';
import type { TapEvent } from '../../src/tap/event.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { cases } from '../support/times.ts';
import {
  createFlow,
  createService,
  deleteFlow,
  deleteService,
  HOST,
  stateAfter,
  tapFlow,
  tapService,
  uuid,
} from '../tap/builders.ts';
import { anyPorts } from './any-host.ts';
import { access, bridge, compiled, flowsOf, hostFacts, inputFor, tunnelBridge, vmPort } from './builders.ts';

const AWAY = 'compute-2';
const foreignKeys = new Set([3003]);
const tunnel = tunnelBridge('vxlan', '172.30.0.2', '172.30.0.3');

const anyNumber = fc.integer({ min: 1, max: 6 });
const anyHostName = fc.constantFrom(HOST, AWAY, AWAY, AWAY, null);
/** Services at the first of the ports of any host, or elsewhere. */
const anyEvent: fc.Arbitrary<TapEvent> = fc.oneof(
  fc
    .tuple(anyNumber, fc.integer({ min: 1, max: 20 }), anyHostName, fc.boolean())
    .map(([number, port, host, recast]) =>
      createService(tapService(number, { portId: uuid('port', port) }), host, recast),
    ),
  fc
    .tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 20 }), anyNumber, anyHostName)
    .map(([number, port, service, host]) =>
      createFlow(tapFlow(number, { sourcePortId: uuid('port', port), tapServiceId: uuid('service', service) }), host),
    ),
  fc.tuple(anyNumber, anyHostName).map(([number, host]) => deleteService(uuid('service', number), host)),
  fc
    .tuple(fc.integer({ min: 1, max: 10 }), anyHostName)
    .map(([number, host]) => deleteFlow(uuid('flow', number), host)),
);

/** How the taps that this host reports came out. */
function reported(
  desired: DesiredState,
  { tapServices, tapFlows }: { readonly [Key in 'tapServices' | 'tapFlows']: ReadonlyMap<string, Outcome> },
) {
  const ours = (taps: ReadonlyMap<string, Held<unknown>>, outcomes: ReadonlyMap<string, Outcome>) =>
    [...taps].filter(([, { host }]) => host === HOST).map(([id]) => [id, outcomes.get(id)]);
  const realised = [...tapServices, ...tapFlows].filter(([, { kind }]) => kind === 'realised').map(([id]) => id);
  return [ours(desired.tapServices, tapServices), ours(desired.tapFlows, tapFlows), realised.sort()];
}

test('what concerns a host not at all changes neither its switch nor what it reports', () => {
  let skipped = 0;
  fc.assert(
    fc.property(
      anyPorts,
      fc.array(anyEvent, { maxLength: 15 }),
      fc.array(anyEvent, { minLength: 1, maxLength: 2 }),
      (ports, first, then) => {
        const before = stateAfter(...first);
        const after = takeEvents(before, then, HOST).state;
        const facts = hostFacts(ports, { tunnel });
        if (concernsHost(before, after, { host: HOST, integration: bridge('br-int', { ports }), foreignKeys })) return;
        skipped += 1;
        const [one, two] = [before, after].map((desired) => {
          const result = compiled({ ...inputFor(desired, facts), foreignKeys });
          const { flows: _, ...rows } = result.wanted;
          return { rows, flows: flowsOf(result.wanted), reported: reported(desired, result.outcomes) };
        });
        expect(two).toEqual(one);
        expect([after.reports, after.departing]).toEqual([before.reports, before.departing]);
      },
    ),
    { numRuns: cases(1000) },
  );
  expect(skipped).toBeGreaterThan(100);
});

describe('of what a host hears', () => {
  const source = vmPort(1, access(5));
  const sensor = vmPort(901, access(6));
  const remote = createService(tapService(1), AWAY);
  const concerns = (
    ports: Parameters<typeof hostFacts>[0],
    before: readonly TapEvent[],
    ...then: readonly TapEvent[]
  ) => {
    const state = stateAfter(...before);
    const view = { host: HOST, integration: bridge('br-int', { ports }), foreignKeys };
    return concernsHost(state, takeEvents(state, then, HOST).state, view);
  };

  test.each([
    ['a service and a flow of another host', [source], [], [remote, createFlow(tapFlow(2), AWAY)], false],
    ['a flow whose source is here', [source], [remote], [createFlow(tapFlow(1), AWAY)], true],
    ['a flow that it is to report', [], [remote], [createFlow(tapFlow(2), HOST)], true],
    ['a service whose port is here', [sensor], [], [remote], true],
    ['a service that a flow from here goes to', [source], [createFlow(tapFlow(1), AWAY)], [remote], true],
    ['a service with the number of a network', [], [], [createService(tapService(3), AWAY)], true],
    [
      'the delete of what it had',
      [source],
      [remote, createFlow(tapFlow(1), AWAY)],
      [deleteFlow(uuid('flow', 1), AWAY)],
      true,
    ],
    ['the delete of what it never had', [source], [remote], [deleteService(uuid('service', 1), AWAY)], false],
    ['a delete that it is to answer', [], [], [deleteFlow(uuid('flow', 7), HOST)], true],
  ])('%s: %#', (_, ports, before, then, expected) => {
    expect(concerns(ports, before, ...then)).toBe(expected);
  });
});
