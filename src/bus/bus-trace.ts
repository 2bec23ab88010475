import type { Origin } from './decode-body.ts';

/** Which message a trace is about, as far as it could be read. */
export type TracedOrigin = { readonly [Key in 'method' | 'requestId' | 'uniqueId']: Origin[Key] };

/** What the bus tells its observer. URLs are masked, `...Ms` are milliseconds. */
export type BusTrace =
  | { readonly kind: 'connected'; readonly url: string }
  | { readonly kind: 'connect_failed'; readonly url: string; readonly reason: string; readonly retryInMs: number }
  | { readonly kind: 'disconnected'; readonly url: string; readonly reason: string; readonly retryInMs: number }
  | { readonly kind: 'blocked'; readonly reason: string }
  | { readonly kind: 'unblocked' }
  | { readonly kind: 'exchange_created'; readonly exchange: string }
  /** The broker does not let us see when this exchange is deleted and made anew. */
  | { readonly kind: 'exchange_unwatched'; readonly exchange: string; readonly reason: string }
  | { readonly kind: 'queue_adopted'; readonly queue: string; readonly reason: string }
  | { readonly kind: 'consuming'; readonly queue: string; readonly waiting: number }
  | ({ readonly kind: 'message_rejected' | 'message_ignored'; readonly reason: string } & TracedOrigin)
  | ({ readonly kind: 'message_duplicate'; readonly reason: string } & TracedOrigin)
  /** Taken, but for a part that could not be used: the reason says which. */
  | ({ readonly kind: 'message_trimmed'; readonly reason: string } & TracedOrigin)
  | ({ readonly kind: 'event_not_taken'; readonly reason: string; readonly retryInMs: number } & TracedOrigin)
  | { readonly kind: 'reply_failed'; readonly msgId: string; readonly reason: string }
  /** Ports that we see have values that no control plane could use: sent without them. */
  | { readonly kind: 'inventory_trimmed'; readonly reason: string }
  | { readonly kind: 'sync_cast' }
  | { readonly kind: 'sync_failed'; readonly reason: string; readonly retryInMs: number }
  | { readonly kind: 'close_forced' | 'close_failed'; readonly reason: string };

export type Trace = (event: BusTrace) => void;
