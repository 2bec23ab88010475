import type { FlowBridge } from './flow.ts';
import type { OpenflowError } from './openflow-error.ts';

/** The story of a session with a bridge, for logs and metrics. */
export type OpenflowTrace =
  /** `watched`: the switch tells of every change of flows by others. `datapathId`: the bridge's number, 16 hex digits. */
  | { readonly kind: 'connected'; readonly bridge: FlowBridge; readonly datapathId: string; readonly watched: boolean }
  /** The switch refuses to tell of changes: `reason` is its error. */
  | { readonly kind: 'unwatched'; readonly bridge: FlowBridge; readonly reason: string }
  | { readonly kind: 'lost'; readonly bridge: FlowBridge; readonly error: OpenflowError }
  /** Attempts to connect fail; told once until that changes. */
  | { readonly kind: 'away'; readonly bridge: FlowBridge; readonly error: OpenflowError }
  /** The switch told of too much at once to be followed: its flows are read again. */
  | { readonly kind: 'overrun'; readonly bridge: FlowBridge }
  /** Read in full, this many flows were not as was known of them. */
  | { readonly kind: 'drifted'; readonly bridge: FlowBridge; readonly flows: number }
  | { readonly kind: 'listener-failed'; readonly bridge: FlowBridge; readonly error: unknown };
