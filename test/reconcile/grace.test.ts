import { expect, test } from 'vitest';
import type { Outcome } from '../../src/compile/wanted.ts';
import { nowWaiting, outcomeOf, overdue, realisedIn, untilOverdue, type Waiting } from '../../src/reconcile/grace.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';
import { settle } from '../../src/tap/settle.ts';
import { createFlow, createService, HOST, stateAfter, tapFlow, tapService } from '../tap/builders.ts';

const nobody: Waiting = new Map();
const at = (now: number) => ({ host: HOST, now });
const service = tapService(1);
const flow = tapFlow(1);
const state = stateAfter(createService(service), createFlow(flow));
const waitingFor = (reason: string) => (): Outcome => ({ kind: 'waiting', reason });
const realised = (): Outcome => ({ kind: 'realised' });

const confirmed = (desired: DesiredState) =>
  settle(desired, { tapServices: new Set([service.id]), tapFlows: new Set([flow.id]) });

test('whoever waits keeps the time since when, and has the reason of now', () => {
  const first = nowWaiting(nobody, state, waitingFor('no port'), at(1000));
  expect([...first.keys()]).toEqual([service.id, flow.id]);
  const second = nowWaiting(first, state, waitingFor('no VLAN'), at(2000));
  expect(second.get(flow.id)).toEqual({ kind: 'tap_flow', since: 1000, reason: 'no VLAN', graced: true });
});

test('a tap that was had meanwhile begins anew', () => {
  const first = nowWaiting(nobody, state, waitingFor('no port'), at(1000));
  const had = nowWaiting(first, state, realised, at(2000));
  expect(had.size).toBe(0);
  expect(nowWaiting(had, state, waitingFor('no port'), at(3000)).get(flow.id)?.since).toBe(3000);
});

test('a tap that was confirmed once waits without a grace to run out', () => {
  const waiting = nowWaiting(nobody, confirmed(state), waitingFor('unplugged'), at(0));
  expect([...waiting.values()].map(({ graced }) => graced)).toEqual([false, false]);
  expect(overdue(waiting, 500, 9000)).toEqual([]);
  expect(untilOverdue(waiting, 500, 100)).toBeUndefined();
});

test('so does one that is cast again, and that Neutron believes ACTIVE', () => {
  const again = stateAfter(createService(service, HOST, true), createFlow(flow, HOST, true));
  expect(overdue(nowWaiting(nobody, again, waitingFor('shut off'), at(0)), 500, 9000)).toEqual([]);
});

test('taps that others report are not ours to wait for', () => {
  const elsewhere = stateAfter(createService(service, 'compute-2'), createFlow(flow, null));
  expect(nowWaiting(nobody, elsewhere, waitingFor('not here'), at(0)).size).toBe(0);
});

test('overdue is who has waited for the whole grace time', () => {
  const waiting = nowWaiting(nobody, state, (kind) => (kind === 'tap_flow' ? waitingFor('x')() : realised()), at(1000));
  expect(overdue(waiting, 500, 1499)).toEqual([]);
  expect(overdue(waiting, 500, 1500)).toEqual([{ kind: 'tap_flow', id: flow.id, reason: 'x' }]);
  expect(untilOverdue(waiting, 500, 1100)).toBe(400);
  expect(untilOverdue(waiting, 500, 9000)).toBe(0);
  expect(untilOverdue(nobody, 500, 1100)).toBeUndefined();
});

test('the earliest counts for when to look again', () => {
  const late = nowWaiting(nobody, state, (kind) => (kind === 'tap_flow' ? waitingFor('x')() : realised()), at(1000));
  const both = nowWaiting(late, state, waitingFor('x'), at(1400));
  expect(untilOverdue(both, 500, 1400)).toBe(100);
});

test('outcomes by id: realised ones are confirmed, unknown ones wait', () => {
  const outcomes = {
    tapServices: new Map([[service.id, realised()]]),
    tapFlows: new Map([[flow.id, waitingFor('x')()]]),
  };
  expect(realisedIn(outcomes)).toEqual({ tapServices: new Set([service.id]), tapFlows: new Set() });
  const outcome = outcomeOf(outcomes);
  expect(outcome('tap_service', service.id)).toEqual({ kind: 'realised' });
  expect(outcome('tap_flow', flow.id)).toEqual({ kind: 'waiting', reason: 'x' });
  expect(outcome('tap_flow', service.id).kind).toBe('waiting');
});
