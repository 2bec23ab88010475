import type { Json, JsonObject } from './json.ts';
import type { JsonRpcSession } from './json-rpc-session.ts';
import { OvsdbError } from './ovsdb-error.ts';
import type { Change, Replica } from './replica.ts';
import type { Tables } from './row.ts';
import {
  decodeMonitorNotification,
  decodeMonitorReply,
  type MonitorMethod,
  type MonitorUpdates,
} from './table-updates.ts';
import type { TraceEvent } from './trace-event.ts';

/** Stands for "no transaction" in monitor_cond_since: everything is sent. */
const NO_TRANSACTION = '00000000-0000-0000-0000-000000000000';
/** Best first. The last is in RFC 7047, the others came with Open vSwitch 2.12 and 2.6. */
const METHODS: readonly MonitorMethod[] = ['monitor_cond_since', 'monitor_cond', 'monitor'];

export interface MonitorOptions<T extends Tables> {
  readonly database: string;
  readonly tables: T;
  readonly replica: Replica<T>;
  /** ms to wait for the monitor's reply */
  readonly timeout: number;
  /** How much may come before the monitor's reply, in characters of JSON. */
  readonly maxEarlyBytes: number;
  readonly changed: (change: Change<T>) => void;
  readonly trace: (event: TraceEvent) => void;
}

/** Keeps a replica in step with the database, from one connection to the next. */
export class Monitor<T extends Tables> {
  readonly #options: MonitorOptions<T>;
  #lastTransaction = NO_TRANSACTION;
  /** Updates that came before the monitor's reply was applied; undefined once it is. */
  #early: MonitorUpdates[] | undefined;
  #earlyBytes = 0;

  constructor(options: MonitorOptions<T>) {
    this.#options = options;
  }

  /**
   * Brings the replica up to date in one change, and keeps it so while the session lives.
   * @throws OvsdbError of the request, or `protocol` / `value` for what cannot be applied
   */
  async synchronise(session: JsonRpcSession): Promise<void> {
    this.#early = [];
    this.#earlyBytes = 0;
    const { method, result } = await this.#request(session);
    if (session.ended) throw session.ended;
    const reply = decodeMonitorReply(method, result);
    const change = this.#track(reply, 'synchronised');
    this.#options.trace({ kind: 'synchronised', method, resumed: reply.resumed, rows: change.rows.length });
    const early = this.#early;
    this.#early = undefined;
    this.#options.changed(change);
    for (const updates of early) this.#options.changed(this.#track(updates, 'updated'));
  }

  /** Takes an `update`, `update2` or `update3`. @throws OvsdbError `protocol` or `value` */
  notified(method: string, params: readonly Json[]): void {
    const updates = decodeMonitorNotification(method, params);
    if (this.#early) this.#keep(this.#early, updates, params);
    else this.#options.changed(this.#track(updates, 'updated'));
  }

  /** A server that goes on without ever replying must not fill our memory. */
  #keep(early: MonitorUpdates[], updates: MonitorUpdates, params: readonly Json[]): void {
    this.#earlyBytes += JSON.stringify(params).length;
    if (this.#earlyBytes > this.#options.maxEarlyBytes) {
      throw new OvsdbError('protocol', 'the server sends updates without end before it replies to the monitor');
    }
    early.push(updates);
  }

  async #request(session: JsonRpcSession): Promise<{ readonly method: MonitorMethod; readonly result: Json }> {
    const { database, timeout, trace } = this.#options;
    for (const method of METHODS) {
      const params: readonly Json[] = [database, ['monitor', database], this.#requests()];
      const since = method === 'monitor_cond_since' ? [this.#lastTransaction] : [];
      try {
        return { method, result: await session.request(method, [...params, ...since], timeout) };
      } catch (error) {
        if (!(error instanceof OvsdbError) || error.code !== 'unknown method') throw error;
        trace({ kind: 'monitor-fallback', method });
      }
    }
    throw new OvsdbError('protocol', 'the server knows no method to monitor a database');
  }

  #requests(): JsonObject {
    const tables = Object.entries(this.#options.tables);
    return Object.fromEntries(tables.map(([name, columns]) => [name, [{ columns: Object.keys(columns) }]]));
  }

  #track(updates: MonitorUpdates, kind: Change<T>['kind']): Change<T> {
    const last = this.#lastTransaction;
    // Until they are applied, it is not known what the replica would be resumed from.
    this.#lastTransaction = NO_TRANSACTION;
    const { replica } = this.#options;
    const change = updates.resumed ? replica.amend(updates.updates, kind) : replica.replace(updates.updates);
    this.#lastTransaction = updates.lastTransaction ?? (kind === 'updated' ? last : NO_TRANSACTION);
    return change;
  }
}
