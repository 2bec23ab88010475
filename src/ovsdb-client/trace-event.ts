import type { ConnectionState } from './connection-state.ts';
import type { LockChange } from './locks.ts';
import type { OvsdbError } from './ovsdb-error.ts';
import type { MonitorMethod } from './table-updates.ts';

/** The story of a client, for logs and metrics. No event holds a value of the database. */
export type TraceEvent =
  | { readonly kind: 'state'; readonly state: ConnectionState }
  /** A connection failed or was lost, in the given state. */
  | { readonly kind: 'lost'; readonly during: ConnectionState; readonly error: OvsdbError }
  /** The next attempt is made after `delay` ms. */
  | { readonly kind: 'backoff'; readonly attempt: number; readonly delay: number }
  /** The server does not know this monitor method; the next older one is tried. */
  | { readonly kind: 'monitor-fallback'; readonly method: MonitorMethod }
  /** The replica is complete; `resumed` tells whether only what was missed had to be sent. */
  | { readonly kind: 'synchronised'; readonly method: MonitorMethod; readonly resumed: boolean; readonly rows: number }
  | { readonly kind: 'lock'; readonly change: LockChange }
  | { readonly kind: 'unexpected-notification'; readonly method: string }
  | { readonly kind: 'listener-failed'; readonly error: unknown };
