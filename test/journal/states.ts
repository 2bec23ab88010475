import { partsOf } from '../../src/journal/state-json.ts';
import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { createFlow, createService, deleteFlow, HOST, tapFlow, tapService, uuid } from '../tap/builders.ts';

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A state as one comparable text, the order of its taps included. */
export function textOf(state: DesiredState): string {
  return JSON.stringify(partsOf(state), (_, value: unknown) =>
    isPlain(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}

/** States of which each follows from the one before by one event; the last ones change and delete what came first. */
export function history(length: number): readonly DesiredState[] {
  const states = [takeEvents(emptyState, [createService(tapService(1))], HOST).state];
  for (let n = 1; n < length; n += 1) {
    const event = n % 4 === 3 ? deleteFlow(uuid('flow', n - 2)) : createFlow(tapFlow(n));
    states.push(takeEvents(states[n - 1] ?? emptyState, [event], HOST).state);
  }
  return states;
}

/** So many taps on one service. */
export function withTaps(count: number): DesiredState {
  const flows = Array.from({ length: count }, (_, n) => createFlow(tapFlow(n + 1)));
  return takeEvents(emptyState, [createService(tapService(1)), ...flows], HOST).state;
}
