import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffDelay } from '../../src/ovsdb-client/backoff-delay.ts';
import {
  type ConnectionEvent,
  type ConnectionState,
  type Transition,
  transition,
} from '../../src/ovsdb-client/connection-state.ts';

const events = ['start', 'opened', 'negotiated', 'synchronised', 'lost', 'elapsed', 'close'] as const;
const at = (kind: 'connecting' | 'negotiating' | 'synchronising' | 'backoff', attempt: number) => ({ kind, attempt });
const idle: ConnectionState = { kind: 'idle' };
const ready: ConnectionState = { kind: 'ready' };
const closed: ConnectionState = { kind: 'closed' };

const lost: Transition = { state: at('backoff', 3), effects: [{ kind: 'wait', attempt: 3 }] };
const disconnected: Transition = { state: closed, effects: [{ kind: 'disconnect' }] };

/** Every transition that does something; all others leave the state as it is. */
const table: readonly (readonly [ConnectionState, Partial<Record<ConnectionEvent, Transition>>])[] = [
  [
    idle,
    {
      start: { state: at('connecting', 0), effects: [{ kind: 'connect' }] },
      close: { state: closed, effects: [] },
    },
  ],
  [
    at('connecting', 3),
    { opened: { state: at('negotiating', 3), effects: [{ kind: 'negotiate' }] }, lost, close: disconnected },
  ],
  [
    at('negotiating', 3),
    { negotiated: { state: at('synchronising', 3), effects: [{ kind: 'synchronise' }] }, lost, close: disconnected },
  ],
  [at('synchronising', 3), { synchronised: { state: ready, effects: [] }, lost, close: disconnected }],
  [ready, { lost: { state: at('backoff', 0), effects: [{ kind: 'wait', attempt: 0 }] }, close: disconnected }],
  [
    at('backoff', 3),
    {
      elapsed: { state: at('connecting', 4), effects: [{ kind: 'connect' }] },
      close: { state: closed, effects: [{ kind: 'cancel-wait' }] },
    },
  ],
  [closed, {}],
];

const cells = table.flatMap(([state, row]) => events.map((event) => [state, event, row[event]] as const));

describe('transition', () => {
  test.each(cells)('%j upon %s', (state, event, expected) => {
    const { state: next, effects } = transition(state, event);
    expect({ state: next, effects }).toEqual(expected ?? { state, effects: [] });
    if (!expected) expect(next).toBe(state);
  });

  test('whatever happened, close leads to closed, and nothing leads out of it', () => {
    const history = fc.array(fc.constantFrom(...events));
    fc.assert(
      fc.property(history, history, (before, after) => {
        const reached = before.reduce<ConnectionState>((state, event) => transition(state, event).state, idle);
        const end = transition(reached, 'close').state;
        expect(end).toEqual(closed);
        expect(after.reduce<ConnectionState>((state, event) => transition(state, event).state, end)).toEqual(closed);
      }),
    );
  });
});

describe('backoffDelay', () => {
  test('doubles up to the limit', () => {
    const delays = [0, 1, 2, 3, 4, 1000].map((attempt) =>
      backoffDelay({ initial: 100, max: 1000, jitter: 0 }, attempt, 1),
    );
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test('takes as much off as chance says', () => {
    const delays = [0, 0.5, 1].map((random) => backoffDelay({ initial: 100, max: 1000, jitter: 0.5 }, 0, random));
    expect(delays).toEqual([100, 75, 50]);
  });

  test('leaves its part to chance, within the limits', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(100), part, part, (attempt, jitter, random) => {
        const full = backoffDelay({ initial: 50, max: 8000, jitter: 0 }, attempt, random);
        const delay = backoffDelay({ initial: 50, max: 8000, jitter }, attempt, random);
        expect(delay).toBeLessThanOrEqual(full);
        expect(delay).toBeGreaterThanOrEqual(full * (1 - jitter) - 1e-9);
      }),
    );
  });
});
