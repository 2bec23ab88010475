/** What one caller may ask of the server. `...Ms` are milliseconds. */
export interface Limits {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  /** For a request to have come as a whole. */
  readonly requestMs: number;
  /** How long a connection may be silent amid a request or an answer. */
  readonly idleMs: number;
  /** How long a connection waits for its next request. */
  readonly keepAliveMs: number;
  /** For requests in the works when the server stops. */
  readonly drainMs: number;
  /** Of one caller's address, an IPv6 network of /64 counting as one; null: as many as come. */
  readonly requestsPerMinute: number | null;
  /** The most that one list answers; null: all that there is. The rest is behind its link `next`. */
  readonly pageSize: number | null;
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
  requestMs: 30_000,
  idleMs: 60_000,
  keepAliveMs: 65_000,
  drainMs: 10_000,
  requestsPerMinute: 6_000,
  pageSize: null,
};
