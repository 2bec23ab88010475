import { assertNever } from './assert-never.ts';
import { type BackoffOptions, backoffDelay } from './backoff-delay.ts';
import { type ConnectionEffect, type ConnectionEvent, type ConnectionState, transition } from './connection-state.ts';
import type { Json } from './json.ts';
import { JsonRpcSession, type SessionOptions } from './json-rpc-session.ts';
import { openStream, type TlsOptions } from './open-stream.ts';
import { asOvsdbError, OvsdbError } from './ovsdb-error.ts';
import type { Remote } from './remote.ts';
import type { TraceEvent } from './trace-event.ts';

export interface ConnectionOptions extends SessionOptions {
  readonly remote: Remote;
  readonly tls: TlsOptions | undefined;
  readonly backoff: BackoffOptions;
  /** ms */
  readonly connectTimeout: number;
  readonly trace: (event: TraceEvent) => void;
}

/** What the stages of a connection consist of; the connection decides only when they are due. */
export interface ConnectionHandlers {
  readonly negotiate: (session: JsonRpcSession) => Promise<void>;
  readonly synchronise: (session: JsonRpcSession) => Promise<void>;
  /** An error thrown here ends the session. */
  readonly notified: (method: string, params: readonly Json[]) => void;
  /** The session is gone, or could not even be begun. */
  readonly lost: (error: OvsdbError) => void;
  readonly entered: (state: ConnectionState) => void;
}

/** Carries out what `transition` decides, with real sockets and timers. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  #state: ConnectionState = { kind: 'idle' };
  #session: JsonRpcSession | undefined;
  #gone: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    if (options.remote.kind === 'ssl' && options.tls === undefined) {
      throw new OvsdbError('remote', 'an ssl remote needs certificates');
    }
    this.#options = options;
    this.#handlers = handlers;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get session(): JsonRpcSession | undefined {
    return this.#session;
  }

  start(): void {
    this.#dispatch('start');
  }

  /** Resolves when the last socket is gone. */
  async close(): Promise<void> {
    this.#dispatch('close');
    await this.#gone;
  }

  /** A handler may cause the next event before this one is through: whoever comes late must not act for an old state. */
  #dispatch(event: ConnectionEvent): void {
    const { state, effects } = transition(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#options.trace({ kind: 'state', state });
    this.#handlers.entered(state);
    for (const effect of effects) {
      if (this.#state === state) this.#perform(effect);
    }
  }

  #perform(effect: ConnectionEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#connect();
        break;
      case 'negotiate':
        void this.#advance(this.#handlers.negotiate, 'negotiated');
        break;
      case 'synchronise':
        void this.#advance(this.#handlers.synchronise, 'synchronised');
        break;
      case 'disconnect':
        this.#session?.end(new OvsdbError('closed', 'the client is closed'));
        break;
      case 'wait':
        this.#wait(effect.attempt);
        break;
      case 'cancel-wait':
        clearTimeout(this.#timer);
        break;
      default:
        assertNever(effect);
    }
  }

  #connect(): void {
    const { remote, tls, connectTimeout } = this.#options;
    try {
      const socket = openStream(remote, tls, connectTimeout, () => this.#dispatch('opened'));
      this.#session = new JsonRpcSession(socket, this.#options, {
        notified: this.#handlers.notified,
        ended: (error) => this.#lost(error),
      });
      this.#gone = this.#session.gone;
    } catch (error) {
      this.#lost(asOvsdbError(error, 'remote'));
    }
  }

  /** Runs a stage; it fails with the session, and the session with it. */
  async #advance(stage: (session: JsonRpcSession) => Promise<void>, event: ConnectionEvent): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    try {
      await stage(session);
      if (!session.ended) this.#dispatch(event);
    } catch (error) {
      session.end(asOvsdbError(error, 'protocol'));
    }
  }

  #lost(error: OvsdbError): void {
    this.#session = undefined;
    const during = this.#state;
    if (during.kind !== 'closed') this.#options.trace({ kind: 'lost', during, error });
    this.#handlers.lost(error);
    this.#dispatch('lost');
  }

  #wait(attempt: number): void {
    const delay = backoffDelay(this.#options.backoff, attempt, Math.random());
    this.#options.trace({ kind: 'backoff', attempt, delay });
    this.#timer = setTimeout(() => this.#dispatch('elapsed'), delay);
  }
}
