import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyState } from '../../src/tap/desired-state.ts';
import type { TapEvent } from '../../src/tap/event.ts';
import { giveUp, reportsSent, settle } from '../../src/tap/settle.ts';
import { MAX_NUMBER, takeEvents } from '../../src/tap/take-events.ts';
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
} from './builders.ts';

const [service, flow] = [tapService(1), tapFlow(1)];
const confirmAll = (state: ReturnType<typeof stateAfter>) =>
  settle(state, { tapServices: new Set(state.tapServices.keys()), tapFlows: new Set(state.tapFlows.keys()) });

describe('creates', () => {
  test('a tap is held with a number of its own, and ACTIVE is reported once it is confirmed', () => {
    const state = stateAfter(createService(service), createFlow(flow));
    expect([...state.tapServices.values(), ...state.tapFlows.values()].map(({ number }) => number)).toEqual([1, 2]);
    expect(state.reports).toEqual([]);
    const settled = confirmAll(state);
    expect(settled.reports).toEqual([
      { kind: 'tap_service', id: service.id, status: 'ACTIVE' },
      { kind: 'tap_flow', id: flow.id, status: 'ACTIVE' },
    ]);
    expect(confirmAll(settled)).toBe(settled);
    expect(reportsSent(settled, new Set(settled.reports.slice(0, 1))).reports).toEqual([
      { kind: 'tap_flow', id: flow.id, status: 'ACTIVE' },
    ]);
  });

  test('taps of other hosts, and of none, are held but not reported', () => {
    const state = confirmAll(stateAfter(createService(service, 'compute-2'), createFlow(flow, null)));
    expect(state.tapFlows.size).toBe(1);
    expect(state.reports).toEqual([]);
  });

  test('a repeated create keeps the number, and is reported again', () => {
    const confirmed = confirmAll(stateAfter(createFlow(flow)));
    const first = reportsSent(confirmed, new Set(confirmed.reports.slice(0, 1)));
    const again = takeEvents(first, [createFlow(flow, HOST, true)], HOST).state;
    expect(again.tapFlows.get(flow.id)).toMatchObject({ number: 1, confirmed: true, reportDue: true });
    expect(confirmAll(again).reports.length).toBe(1);
  });

  test('a changed tap is a new one', () => {
    const state = stateAfter(createFlow(flow), createFlow({ ...flow, direction: 'IN' }));
    expect(state.tapFlows.get(flow.id)?.number).toBe(2);
  });

  test('numbers begin anew past the highest, and pass over those in use', () => {
    const old = { ...stateAfter(createFlow(flow)), lastNumber: MAX_NUMBER };
    const state = takeEvents(old, [createFlow(tapFlow(2))], HOST).state;
    expect(state.tapFlows.get(uuid('flow', 2))?.number).toBe(2);
  });

  test('a taas_id that Neutron gives anew leaves its former service, which takes its flows along', () => {
    const usurper = tapService(2, { taasId: service.taasId });
    const taken = takeEvents(stateAfter(createService(service), createFlow(flow)), [createService(usurper)], HOST);
    expect([...taken.state.tapServices.keys()]).toEqual([usurper.id]);
    expect(taken.state.tapFlows.size).toBe(0);
    expect(taken.notices).toMatchObject([{ level: 'warn', id: service.id }]);
  });
});

describe('deletes', () => {
  test('INACTIVE waits until the switch has confirmed that nothing is left', () => {
    const state = stateAfter(createFlow(flow), deleteFlow(flow.id));
    expect(state.tapFlows.size).toBe(0);
    expect(state.reports).toEqual([]);
    expect(confirmAll(state).reports).toEqual([{ kind: 'tap_flow', id: flow.id, status: 'INACTIVE' }]);
  });

  test('what was never known is answered, too, and noted', () => {
    const taken = takeEvents(emptyState, [deleteService(service.id)], HOST);
    expect(taken.state.departing).toEqual([{ kind: 'tap_service', id: service.id, status: 'INACTIVE' }]);
    expect(taken.notices).toEqual([
      { level: 'info', kind: 'tap_service', id: service.id, reason: 'deleted, but not known here' },
    ]);
  });

  test.each([
    ['ours and known', HOST, HOST, 1],
    ["another host's", HOST, 'compute-2', 0],
    ['of no host, reported by us', HOST, null, 1],
    ['of no host, reported by another', 'compute-2', null, 0],
  ])('a delete %s', (_, createdFor, deletedFor, answers) => {
    const state = stateAfter(createFlow(flow, createdFor), deleteFlow(flow.id, deletedFor));
    expect(state.tapFlows.size).toBe(0);
    expect(state.departing.length).toBe(answers);
  });

  test('of a service takes its flows along', () => {
    const other = tapFlow(2, { tapServiceId: uuid('service', 2) });
    const state = stateAfter(
      createService(service),
      createFlow(flow),
      createService(tapService(2)),
      createFlow(other),
      deleteService(service.id),
    );
    expect([...state.tapFlows.keys()]).toEqual([other.id]);
  });

  test('a re-cast that its delete has overtaken brings nothing back; a new create does', () => {
    const state = stateAfter(createFlow(flow), deleteFlow(flow.id));
    const stale = takeEvents(state, [createFlow(flow, HOST, true)], HOST);
    expect(stale.state.tapFlows.size).toBe(0);
    expect(stale.notices.length).toBe(1);
    expect(takeEvents(state, [createFlow(flow)], HOST).state.tapFlows.size).toBe(1);
  });

  test('remembered ids are bounded', () => {
    const many = Array.from({ length: 3000 }, (_, number) => deleteFlow(uuid('flow', number)));
    const { deleted } = stateAfter(...many);
    expect(deleted.length).toBe(1000);
    expect(deleted.at(-1)).toBe(uuid('flow', 2999));
  });
});

describe('loops are refused', () => {
  const own = tapFlow(1, { sourcePortId: service.portId });
  const second = tapService(2);
  const there = tapFlow(1, { sourcePortId: second.portId, tapServiceId: service.id });
  const back = tapFlow(2, { sourcePortId: service.portId, tapServiceId: second.id });

  test.each<[string, TapEvent[], string]>([
    ["a flow from its own service's port", [createService(service), createFlow(own)], own.id],
    ['also when the service comes second', [createFlow(own), createService(service)], own.id],
    [
      'two services that feed each other',
      [createService(service), createService(second), createFlow(there), createFlow(back)],
      back.id,
    ],
  ])('%s', (_, events, refused) => {
    const taken = takeEvents(emptyState, events, HOST);
    expect(taken.state.tapFlows.has(refused)).toBe(false);
    expect(taken.state.reports).toEqual([{ kind: 'tap_flow', id: refused, status: 'ERROR' }]);
    expect(taken.notices).toMatchObject([{ level: 'error', id: refused }]);
  });

  test('a chain is none', () => {
    const state = stateAfter(createService(service), createService(second), createFlow(there));
    expect(state.tapFlows.size).toBe(1);
  });

  test('no sequence of events leaves a loop', () => {
    const ports = fc.integer({ min: 0, max: 4 }).map((number) => uuid('port', number));
    const event = fc.oneof(
      fc.tuple(fc.nat(4), ports).map(([number, portId]) => createService(tapService(number, { portId }))),
      fc
        .tuple(fc.nat(9), fc.nat(4), ports)
        .map(([number, to, sourcePortId]) =>
          createFlow(tapFlow(number, { sourcePortId, tapServiceId: uuid('service', to) })),
        ),
      fc.nat(9).map((number) => deleteFlow(uuid('flow', number))),
      fc.nat(4).map((number) => deleteService(uuid('service', number))),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const state = stateAfter(...events);
        const next = new Map<string, string[]>();
        for (const { tap } of state.tapFlows.values()) {
          const to = state.tapServices.get(tap.tapServiceId)?.tap.portId;
          if (to !== undefined) next.set(tap.sourcePortId, [...(next.get(tap.sourcePortId) ?? []), to]);
        }
        const walk = (port: string, trail: readonly string[]): boolean =>
          trail.includes(port) || (next.get(port) ?? []).some((to) => walk(to, [...trail, port]));
        expect([...next.keys()].filter((port) => walk(port, []))).toEqual([]);
      }),
    );
  });
});

describe('giving up', () => {
  test('reports ERROR and forgets; what is not held is passed over', () => {
    const state = stateAfter(createFlow(flow));
    const failure = { kind: 'tap_flow', id: flow.id, reason: 'no port' } as const;
    const after = giveUp(state, [failure]);
    expect(after.tapFlows.size).toBe(0);
    expect(after.reports).toEqual([{ kind: 'tap_flow', id: flow.id, status: 'ERROR' }]);
    expect(giveUp(after, [failure])).toBe(after);
  });
});

test('events one by one end where a batch ends, and the state given is not touched', () => {
  const number = fc.nat(5);
  const event: fc.Arbitrary<TapEvent> = fc.oneof(
    number.map((n) => createService(tapService(n))),
    fc.tuple(number, number).map(([n, to]) => createFlow(tapFlow(n, { tapServiceId: uuid('service', to) }))),
    number.map((n) => deleteService(uuid('service', n))),
    number.map((n) => deleteFlow(uuid('flow', n))),
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const before = stateAfter(createService(tapService(9)));
      const copy = structuredClone(before);
      const batch = takeEvents(before, events, HOST).state;
      const single = events.reduce((state, each) => takeEvents(state, [each], HOST).state, before);
      expect(single).toEqual(batch);
      expect(before).toEqual(copy);
    }),
  );
});

describe('a snapshot of all taps', () => {
  const snapshot = (tapServices: readonly string[], tapFlows: readonly string[]): TapEvent => ({
    kind: 'taps_snapshot',
    tapServices: new Set(tapServices),
    tapFlows: new Set(tapFlows),
  });

  test('what it does not name is gone, without a report; what it names stays as it was', () => {
    const other = tapService(2);
    const held = stateAfter(createService(service), createService(other), createFlow(flow), createFlow(tapFlow(2)));
    const { state, notices } = takeEvents(held, [snapshot([service.id], [flow.id])], HOST);
    expect([...state.tapServices.keys(), ...state.tapFlows.keys()]).toEqual([service.id, flow.id]);
    expect(state.tapFlows.get(flow.id)).toBe(held.tapFlows.get(flow.id));
    expect(notices.map(({ level, id }) => [level, id])).toEqual([
      ['warn', uuid('flow', 2)],
      ['warn', other.id],
    ]);
    expect([...state.departing, ...state.reports]).toEqual([]);
  });

  test('a service that goes takes its flows along, named or not', () => {
    const held = stateAfter(createService(service), createFlow(flow));
    expect(takeEvents(held, [snapshot([], [flow.id])], HOST).state.tapFlows.size).toBe(0);
  });

  test('it brings nothing, and keeps the answers to deletes that are owed', () => {
    const owing = stateAfter(createFlow(flow), deleteFlow(flow.id));
    const { state } = takeEvents(owing, [snapshot([uuid('service', 9)], [uuid('flow', 9)])], HOST);
    expect(state.tapServices.size + state.tapFlows.size).toBe(0);
    expect(state.departing).toEqual(owing.departing);
  });
});

test('a tap that was deleted and is created anew lives, also when it is cast again later', () => {
  const events = [deleteFlow(flow.id), createFlow(flow), createFlow(flow, HOST, true)];
  expect(takeEvents(stateAfter(createFlow(flow)), events, HOST).state.tapFlows.size).toBe(1);
});
