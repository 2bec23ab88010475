import { assertNever } from './assert-never.ts';

/**
 * The life of a client's connection. `attempt` counts the failures since the database was last ready.
 *
 *     idle -> connecting -> negotiating (schema) -> synchronising (locks, monitor) -> ready
 *                 ^  lost in any of these  ->  backoff, and after a while connecting again;  close: closed, for good
 */
export type ConnectionState =
  | { readonly kind: 'idle' | 'ready' | 'closed' }
  | { readonly kind: 'connecting' | 'negotiating' | 'synchronising' | 'backoff'; readonly attempt: number };

/** What happens to a connection; `lost` stands for every failure, from a refused connection to a faulty message. */
export type ConnectionEvent = 'start' | 'opened' | 'negotiated' | 'synchronised' | 'lost' | 'elapsed' | 'close';

/** What is to be done upon a transition, in the given order. */
export type ConnectionEffect =
  | { readonly kind: 'connect' | 'negotiate' | 'synchronise' | 'disconnect' | 'cancel-wait' }
  | { readonly kind: 'wait'; readonly attempt: number };

export interface Transition {
  readonly state: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

const to = (state: ConnectionState, ...effects: readonly ConnectionEffect[]): Transition => ({ state, effects });

function connected(state: ConnectionState, attempt: number, event: ConnectionEvent): Transition {
  if (event === 'close') return to({ kind: 'closed' }, { kind: 'disconnect' });
  return event === 'lost' ? to({ kind: 'backoff', attempt }, { kind: 'wait', attempt }) : to(state);
}

/** The one place that decides what follows; an event that means nothing in a state changes nothing. */
export function transition(state: ConnectionState, event: ConnectionEvent): Transition {
  switch (state.kind) {
    case 'idle':
      if (event === 'start') return to({ kind: 'connecting', attempt: 0 }, { kind: 'connect' });
      return event === 'close' ? to({ kind: 'closed' }) : to(state);
    case 'connecting':
      if (event === 'opened') return to({ kind: 'negotiating', attempt: state.attempt }, { kind: 'negotiate' });
      return connected(state, state.attempt, event);
    case 'negotiating':
      if (event === 'negotiated') return to({ kind: 'synchronising', attempt: state.attempt }, { kind: 'synchronise' });
      return connected(state, state.attempt, event);
    case 'synchronising':
      if (event === 'synchronised') return to({ kind: 'ready' });
      return connected(state, state.attempt, event);
    case 'ready':
      return connected(state, 0, event);
    case 'backoff':
      if (event === 'elapsed') return to({ kind: 'connecting', attempt: state.attempt + 1 }, { kind: 'connect' });
      return event === 'close' ? to({ kind: 'closed' }, { kind: 'cancel-wait' }) : to(state);
    case 'closed':
      return to(state);
    default:
      return assertNever(state);
  }
}
