import { isJsonObject } from './json.ts';
import type { JsonRpcSession } from './json-rpc-session.ts';
import { OvsdbError } from './ovsdb-error.ts';

/**
 * Where this client stands with a lock (RFC 7047 sections 4.1.8 to 4.1.10).
 * - `unlocked`: not wanted.
 * - `requested`: wanted, but there is no connection or no answer yet.
 * - `waiting`: another client holds it; ours when that one lets go.
 * - `held`: ours.
 * - `stolen`: another client took it from us; the server puts us next in line.
 */
export type LockState = 'unlocked' | 'requested' | 'waiting' | 'held' | 'stolen';

export interface LockChange {
  readonly id: string;
  readonly state: LockState;
}

interface WantedLock {
  readonly id: string;
  state: LockState;
}

/** An `<id>` of RFC 7047 section 3.1, which the name of a lock must be. */
const ID = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The locks that this client wants, across connections: the server forgets them with each connection. */
export class Locks {
  readonly #changed: (change: LockChange) => void;
  readonly #timeout: number;
  readonly #wanted = new Map<string, WantedLock>();
  #session: JsonRpcSession | undefined;

  /** @param timeout ms to wait for each reply */
  constructor(timeout: number, changed: (change: LockChange) => void) {
    this.#timeout = timeout;
    this.#changed = changed;
  }

  state(id: string): LockState {
    return this.#wanted.get(id)?.state ?? 'unlocked';
  }

  /** Wants a lock from now on; a lock that is wanted already stays as it is. @throws OvsdbError */
  async lock(id: string): Promise<LockState> {
    if (!this.#wanted.has(id)) await this.#request('lock', this.#want(id));
    return this.state(id);
  }

  /** Takes a lock from whoever holds it. @throws OvsdbError */
  async steal(id: string): Promise<LockState> {
    // The server refuses a second request for a lock that this session has asked for already.
    if (this.#wanted.has(id)) await this.unlock(id);
    await this.#request('steal', this.#want(id));
    return this.state(id);
  }

  /** Wants a lock no longer: lets go of it, or leaves the queue. @throws OvsdbError */
  async unlock(id: string): Promise<void> {
    if (!this.#wanted.has(id)) return;
    this.#forget(id);
    await this.#session?.request('unlock', [id], this.#timeout);
  }

  /** Asks a new session for every lock that is wanted. Never steals: what another got meanwhile is another's. */
  async resume(session: JsonRpcSession): Promise<void> {
    this.#session = session;
    await Promise.all([...this.#wanted.values()].map((wanted) => this.#ask(session, 'lock', wanted)));
  }

  /** With the connection all locks are gone. */
  disconnected(): void {
    this.#session = undefined;
    for (const wanted of this.#wanted.values()) this.#set(wanted, 'requested');
  }

  /** Takes a `locked` or `stolen` notification. */
  notified(method: 'locked' | 'stolen', id: string): void {
    const wanted = this.#wanted.get(id);
    if (wanted) this.#set(wanted, method === 'locked' ? 'held' : 'stolen');
  }

  #want(id: string): WantedLock {
    if (!ID.test(id)) throw new OvsdbError('value', 'the name of a lock is of letters, digits and underscores');
    const wanted: WantedLock = { id, state: 'requested' };
    this.#wanted.set(id, wanted);
    this.#changed({ id, state: 'requested' });
    return wanted;
  }

  #forget(id: string): void {
    this.#wanted.delete(id);
    this.#changed({ id, state: 'unlocked' });
  }

  async #request(method: 'lock' | 'steal', wanted: WantedLock): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    try {
      await this.#ask(session, method, wanted);
    } catch (error) {
      // Without a reply nobody knows whose the lock is; the end of the session settles it.
      if (error instanceof OvsdbError && error.code === 'timeout') session.end(error);
      // The wish outlives the connection: the next one asks again.
      if (session.ended) return;
      if (this.#wanted.get(wanted.id) === wanted) this.#forget(wanted.id);
      throw error;
    }
  }

  async #ask(session: JsonRpcSession, method: 'lock' | 'steal', wanted: WantedLock): Promise<void> {
    const result = await session.request(method, [wanted.id], this.#timeout);
    if (session.ended) throw session.ended;
    if (!isJsonObject(result)) throw new OvsdbError('protocol', `malformed reply to ${method}`);
    // A notification that came right behind the reply was handled before this line, and knows better.
    if (wanted.state !== 'requested' || this.#wanted.get(wanted.id) !== wanted) return;
    this.#set(wanted, result['locked'] === true ? 'held' : 'waiting');
  }

  #set(wanted: WantedLock, state: LockState): void {
    if (wanted.state === state) return;
    wanted.state = state;
    this.#changed({ id: wanted.id, state });
  }
}
