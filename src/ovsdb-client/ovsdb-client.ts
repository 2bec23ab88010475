import { Listeners } from '../pacing/listeners.ts';
import type { BackoffOptions } from './backoff-delay.ts';
import { checkSchema } from './check-schema.ts';
import { Connection } from './connection.ts';
import type { ConnectionState } from './connection-state.ts';
import { isJsonArray, type Json } from './json.ts';
import type { JsonRpcSession } from './json-rpc-session.ts';
import { type LockChange, type LockState, Locks } from './locks.ts';
import { Monitor } from './monitor.ts';
import type { TlsOptions } from './open-stream.ts';
import type { Operation, ResultsOf } from './operation.ts';
import { OvsdbError } from './ovsdb-error.ts';
import { parseRemote } from './remote.ts';
import { type Change, Replica } from './replica.ts';
import type { RowOf, TableName, Tables, Uuid } from './row.ts';
import type { TraceEvent } from './trace-event.ts';
import { decodeTransactReply } from './transact-reply.ts';

export interface OvsdbClientOptions<T extends Tables> {
  /** `unix:PATH`, `tcp:HOST:PORT` or `ssl:HOST:PORT`. */
  readonly remote: string;
  readonly database: string;
  /** The tables and columns to keep in the replica. */
  readonly tables: T;
  /** For an ssl remote. */
  readonly tls?: TlsOptions;
  /** Defaults: initial 100 ms, max 8,000 ms, jitter 0.5. */
  readonly backoff?: Partial<BackoffOptions>;
  /** ms for a connection to come up; 5,000. */
  readonly connectTimeout?: number;
  /** ms for a reply to arrive; 30,000. */
  readonly requestTimeout?: number;
  /** ms of silence after which the server is probed, and given up after as long again; 5,000; 0 for never. */
  readonly probeInterval?: number;
  /** The longest message accepted, in bytes; 64 MiB. */
  readonly maxMessageBytes?: number;
  readonly trace?: (event: TraceEvent) => void;
}

const DEFAULTS = {
  connectTimeout: 5_000,
  requestTimeout: 30_000,
  probeInterval: 5_000,
  maxMessageBytes: 64 * 1024 * 1024,
  trace: () => {},
};
const BACKOFF: BackoffOptions = { initial: 100, max: 8_000, jitter: 0.5 };

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: OvsdbError) => void;
}

/** The replica as its readers see it: a live view of the declared tables. */
export interface ReplicaView<T extends Tables> {
  table<N extends TableName<T>>(name: N): ReadonlyMap<Uuid, RowOf<T[N]>>;
}

/**
 * A client of one OVSDB database (RFC 7047) that connects, and connects again, by itself; that keeps a replica of the
 * declared tables; and that holds its locks across connections.
 *
 * Invariant: what a transaction of this client changed is in the replica, and listeners were told, before the promise of
 * `transact` resolves. It rests on ovsdb-server sending the update before the reply (ovsdb-server(7) section 4.1.5).
 */
export class OvsdbClient<T extends Tables> {
  readonly #options: Required<Omit<OvsdbClientOptions<T>, 'tls' | 'backoff'>>;
  readonly #replica: Replica<T>;
  readonly #monitor: Monitor<T>;
  readonly #locks: Locks;
  readonly #changes: Listeners<Change<T>>;
  readonly #states: Listeners<ConnectionState>;
  readonly #lockChanges: Listeners<LockChange>;
  readonly #connection: Connection;
  #waiters: Waiter[] = [];

  /** Does not connect yet. @throws OvsdbError `remote` */
  constructor(options: OvsdbClientOptions<T>) {
    const { tls, backoff, ...rest } = options;
    const settings = { ...DEFAULTS, ...rest };
    this.#options = settings;
    const { database, tables, trace, requestTimeout: timeout, maxMessageBytes: maxEarlyBytes } = settings;
    const failed = (error: unknown) => trace({ kind: 'listener-failed', error });
    this.#changes = new Listeners(failed);
    this.#states = new Listeners(failed);
    this.#lockChanges = new Listeners(failed);
    this.#replica = new Replica(tables);
    const changed = (change: Change<T>) => this.#changes.tell(change);
    this.#monitor = new Monitor({ database, tables, replica: this.#replica, timeout, maxEarlyBytes, trace, changed });
    this.#locks = new Locks(timeout, (change) => {
      trace({ kind: 'lock', change });
      this.#lockChanges.tell(change);
    });
    this.#connection = new Connection(
      { ...settings, remote: parseRemote(options.remote), tls, backoff: { ...BACKOFF, ...backoff } },
      {
        negotiate: (session) => this.#negotiate(session),
        synchronise: (session) => this.#synchronise(session),
        notified: (method, params) => this.#notified(method, params),
        lost: (error) => this.#lost(error),
        entered: (state) => this.#entered(state),
      },
    );
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** Empty before the first synchronisation; after a loss of the connection, as it was last known. */
  get replica(): ReplicaView<T> {
    return this.#replica;
  }

  /** Begins to connect, and goes on until `close`. A second call does nothing. */
  start(): void {
    this.#connection.start();
  }

  /** Ends the connection, if any, and all attempts, for good; requests in flight are rejected with `closed`. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  /**
   * Resolves when the replica is complete and transactions are taken.
   * @throws OvsdbError `closed`; or `schema` / `remote`, which waiting will hardly cure, though the client goes on trying
   */
  ready(): Promise<void> {
    if (this.state.kind === 'ready') return Promise.resolve();
    if (this.state.kind === 'closed') return Promise.reject(new OvsdbError('closed', 'the client is closed'));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  /** Calls back after each change of the replica; answers a function that ends that. */
  onChange(listener: (change: Change<T>) => void): () => void {
    return this.#changes.add(listener);
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#states.add(listener);
  }

  onLock(listener: (change: LockChange) => void): () => void {
    return this.#lockChanges.add(listener);
  }

  /**
   * Has the operations done in one transaction, all or nothing (RFC 7047 section 4.1.3).
   * @param timeout ms to wait for the outcome; `requestTimeout` if left out
   * @throws OvsdbError with the database's code, the failed operation and its index; or `disconnected`, `closed`,
   *   `timeout`: if the request was already sent, it is then unknown whether the transaction was committed
   */
  async transact<const O extends readonly Operation[]>(
    operations: O,
    timeout = this.#options.requestTimeout,
  ): Promise<ResultsOf<O>> {
    const session = this.#ready();
    const reply = await session.request('transact', [this.#options.database, ...operations], timeout);
    // One result for each operation, of the kind that goes with it: the decoder saw to that.
    return decodeTransactReply(operations, reply) as ResultsOf<O>;
  }

  /** The databases of the server (RFC 7047 section 4.1.1). @throws OvsdbError */
  async listDatabases(): Promise<readonly string[]> {
    const names = await this.#ready().request('list_dbs', [], this.#options.requestTimeout);
    return isJsonArray(names) ? names.filter((name) => typeof name === 'string') : [];
  }

  /**
   * Wants a lock from now on, over this connection and later ones; see `onLock` for what becomes of it. Answers the
   * state after the server's reply, or `requested` while there is no connection or it was lost meanwhile. @throws OvsdbError
   */
  lock(id: string): Promise<LockState> {
    return this.#locks.lock(id);
  }

  /** Takes a lock from whoever holds it, and wants it from now on. @throws OvsdbError, `disconnected` unless ready */
  async steal(id: string): Promise<LockState> {
    this.#ready();
    return await this.#locks.steal(id);
  }

  /** Lets go of a lock, or stops waiting for it. @throws OvsdbError */
  unlock(id: string): Promise<void> {
    return this.#locks.unlock(id);
  }

  lockState(id: string): LockState {
    return this.#locks.state(id);
  }

  #ready(): JsonRpcSession {
    if (this.state.kind === 'closed') throw new OvsdbError('closed', 'the client is closed');
    const session = this.#connection.session;
    if (this.state.kind !== 'ready' || !session) throw new OvsdbError('disconnected', 'the client is not ready');
    return session;
  }

  async #negotiate(session: JsonRpcSession): Promise<void> {
    const { database, tables, requestTimeout } = this.#options;
    const problems = checkSchema(tables, await session.request('get_schema', [database], requestTimeout));
    if (problems.length > 0)
      throw new OvsdbError('schema', `the schema of ${database} does not fit: ${problems.join('; ')}`);
  }

  /** Both at once: so it is known who holds the locks when the state becomes ready. */
  async #synchronise(session: JsonRpcSession): Promise<void> {
    await Promise.all([this.#locks.resume(session), this.#monitor.synchronise(session)]);
  }

  #notified(method: string, params: readonly Json[]): void {
    const [id] = params;
    if (method === 'update' || method === 'update2' || method === 'update3') this.#monitor.notified(method, params);
    else if ((method === 'locked' || method === 'stolen') && typeof id === 'string') this.#locks.notified(method, id);
    else this.#options.trace({ kind: 'unexpected-notification', method });
  }

  #lost(error: OvsdbError): void {
    this.#locks.disconnected();
    if (error.code === 'schema' || error.code === 'remote') this.#settle((waiter) => waiter.reject(error));
  }

  #entered(state: ConnectionState): void {
    if (state.kind === 'ready') this.#settle((waiter) => waiter.resolve());
    if (state.kind === 'closed')
      this.#settle((waiter) => waiter.reject(new OvsdbError('closed', 'the client is closed')));
    this.#states.tell(state);
  }

  #settle(end: (waiter: Waiter) => void): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) end(waiter);
  }
}
