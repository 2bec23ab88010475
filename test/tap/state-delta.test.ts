import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import type { TapEvent } from '../../src/tap/event.ts';
import { reportsSent, settle } from '../../src/tap/settle.ts';
import { applyDeltas, stateDelta } from '../../src/tap/state-delta.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { anyState } from '../journal/any-state.ts';
import { cases } from '../support/times.ts';
import { createFlow, createService, deleteFlow, deleteService, HOST, tapFlow, tapService, uuid } from './builders.ts';

/** With the order of taps, which equality of maps does not see. */
const ordered = ({ tapServices, tapFlows, ...rest }: DesiredState) => ({
  tapServices: [...tapServices],
  tapFlows: [...tapFlows],
  ...rest,
});

const number = fc.integer({ min: 1, max: 6 });
const event: fc.Arbitrary<TapEvent> = fc.oneof(
  number.map((n) => createService(tapService(n))),
  number.map((n) => createFlow(tapFlow(n))),
  number.map((n) => createFlow(tapFlow(n, { direction: 'IN', tapServiceId: uuid('service', 2) }))),
  number.map((n) => deleteService(uuid('service', n))),
  number.map((n) => deleteFlow(uuid('flow', n))),
);
const allConfirmed = ({ tapServices, tapFlows }: DesiredState) => ({
  tapServices: new Set(tapServices.keys()),
  tapFlows: new Set(tapFlows.keys()),
});
const change: fc.Arbitrary<(state: DesiredState) => DesiredState> = fc.oneof(
  fc.array(event, { maxLength: 8 }).map((events) => (state: DesiredState) => takeEvents(state, events, HOST).state),
  fc.constant((state: DesiredState) => settle(state, allConfirmed(state))),
  fc.nat(5).map((count) => (state: DesiredState) => reportsSent(state, new Set(state.reports.slice(0, count)))),
);

describe('replaying all deltas gives the state', () => {
  test('after whatever happens to taps, step by step and all at once', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const states = [emptyState];
        for (const each of changes) states.push(each(states.at(-1) ?? emptyState));
        const deltas = states.slice(1).map((state, n) => stateDelta(states[n] ?? emptyState, state));
        expect(ordered(applyDeltas(emptyState, deltas))).toEqual(ordered(states.at(-1) ?? emptyState));
      }),
      { numRuns: cases(300) },
    );
  });

  test('between any two states, through JSON', () => {
    fc.assert(
      fc.property(anyState, anyState, (before, after) => {
        const delta = JSON.parse(JSON.stringify(stateDelta(before, after)));
        expect(ordered(applyDeltas(before, [delta]))).toEqual(ordered(after));
      }),
      { numRuns: cases(300) },
    );
  });
});

describe('a delta is as small as the change', () => {
  const events = Array.from({ length: 5000 }, (_, n) => createFlow(tapFlow(n + 1)));
  const many = takeEvents(emptyState, [createService(tapService(1)), ...events], HOST).state;

  test('one tap changed, one gone, one new among 5,000', () => {
    const after = takeEvents(
      many,
      [createFlow(tapFlow(7, { direction: 'IN' })), deleteFlow(uuid('flow', 9)), createFlow(tapFlow(6000))],
      HOST,
    ).state;
    expect(stateDelta(many, after)).toEqual({
      tapFlows: {
        removed: [uuid('flow', 9)],
        set: [after.tapFlows.get(uuid('flow', 7)), after.tapFlows.get(uuid('flow', 6000))],
      },
      lastNumber: after.lastNumber,
      deleted: { dropped: [], added: [uuid('flow', 9)] },
      departing: { dropped: [], added: after.departing },
    });
  });

  test('the oldest of the remembered deletes makes room', () => {
    const full = { ...emptyState, deleted: Array.from({ length: 1000 }, (_, n) => uuid('flow', n)) };
    const after = takeEvents(full, [deleteFlow(uuid('flow', 2000))], HOST).state;
    expect(stateDelta(full, after).deleted).toEqual({ dropped: [0], added: [uuid('flow', 2000)] });
  });

  test('nothing for the same state, or a copy of it', () => {
    expect(JSON.stringify(stateDelta(many, many))).toBe('{}');
    expect(JSON.stringify(stateDelta(many, takeEvents(many, [], HOST).state))).toBe('{}');
  });
});
