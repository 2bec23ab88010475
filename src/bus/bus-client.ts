import { type BackoffRange, backoffMs } from './backoff.ts';
import { type BrokerUrl, parseBrokerUrl } from './broker-url.ts';
import { BusError } from './bus-error.ts';
import type { Trace } from './bus-trace.ts';
import type { Incoming } from './incoming.ts';
import type { TlsFiles } from './open-connection.ts';
import { encodeCast } from './oslo-envelope.ts';
import type { Publication } from './publisher.ts';
import { reasonOf } from './reason-of.ts';
import { SeenIds } from './seen-ids.ts';
import { Session } from './session.ts';
import { sleep } from './sleep.ts';
import type { Topology } from './topology.ts';

/** Milliseconds. */
export interface ClientTiming {
  /** Between attempts to reach a broker. */
  readonly reconnect: BackoffRange;
  /** Before an event that was not taken is handed out again. */
  readonly retryMs: number;
  /** How long a cast waits for the broker's confirm. */
  readonly confirmMs: number;
  /** Between two looks whether the exchanges that lead to our queue were deleted. */
  readonly watchMs: number;
  /** How long a stop waits for events in the works. */
  readonly stopMs: number;
}

const DEFAULT_TIMING: ClientTiming = {
  reconnect: { minMs: 500, maxMs: 30_000 },
  retryMs: 1_000,
  confirmMs: 10_000,
  watchMs: 2_000,
  stopMs: 10_000,
};

/** Duplicates come within seconds of each other, after a lost connection; oslo.messaging itself remembers 16. */
const REMEMBERED_IDS = 4096;

/** What both ends of the RPC are told by their owner. */
export interface BrokerOptions {
  /** Brokers in the order of failover, `amqp://` or `amqps://`. */
  readonly urls: readonly string[];
  /** The deployment's `control_exchange`. */
  readonly exchange: string;
  readonly tls?: TlsFiles;
  readonly trace: Trace;
}

/** What makes a client one end of the RPC. */
export interface Role {
  /** For the broker's own listings. */
  readonly connectionName: string;
  readonly topology: Topology;
  readonly receive: (body: Buffer) => Incoming;
  /** Begins when a session consumes and takes casts; `over` aborts when it is lost or the client is stopped. */
  readonly serve: (over: AbortSignal) => Promise<void>;
  /** Told when the broker takes casts again after it took none for a while. */
  readonly onUnblocked: () => void;
}

/** An RPC cast, and where it goes. */
export interface OutgoingCast extends Pick<Publication, 'exchange' | 'routingKey' | 'mandatory'> {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly uniqueId: string;
  readonly requestId: string;
}

/** UTC, `YYYY-MM-DD hh:mm:ss.ffffff`. */
function timestamp(): string {
  return new Date().toISOString().replace('T', ' ').replace('Z', '000');
}

/**
 * One end of the RPC: consumes, casts, and stays connected.
 *
 * The reconnect loop is our own: amqplib's recovery (2.3) knows one URL only, so there is no failover, and ends with the
 * connection, while a lost channel or a deleted queue needs the same new start.
 */
export class BusClient {
  readonly #options: Omit<BrokerOptions, 'exchange'>;
  readonly #role: Role;
  readonly #timing: ClientTiming;
  readonly #urls: readonly BrokerUrl[];
  readonly #seen = new SeenIds(REMEMBERED_IDS);
  readonly #stop = new AbortController();
  #session: Session | undefined;
  #running: Promise<void> | undefined;

  /** @throws BusError bad_url */
  constructor(options: Omit<BrokerOptions, 'exchange'>, role: Role, timing: Partial<ClientTiming> = {}) {
    if (options.urls.length === 0) throw new BusError('bad_url', 'no broker URL is given');
    this.#options = options;
    this.#role = role;
    this.#timing = { ...DEFAULT_TIMING, ...timing };
    this.#urls = options.urls.map(parseBrokerUrl);
  }

  /**
   * Begins to connect and returns: the first connection may take hours.
   * @throws BusError stopped
   */
  start(): void {
    if (this.#stop.signal.aborted) throw new BusError('stopped', 'a stopped bus does not start again');
    this.#running ??= this.#run();
  }

  /** Stops consuming, waits for events in the works and closes. What was not taken stays with the broker. Never rejects. */
  async stop(): Promise<void> {
    this.#stop.abort(new BusError('stopped', 'the bus was stopped'));
    await this.#running;
  }

  /** Whether there is a session with a broker, which consumes and takes casts. */
  get connected(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Resolves when the broker has the message. Casts go out in the order of the calls.
   * @throws BusError disconnected, nacked or timeout; unroutable when it is mandatory.
   */
  async cast({ exchange, routingKey, mandatory, method, args, uniqueId, requestId }: OutgoingCast): Promise<void> {
    if (this.#session === undefined) throw new BusError('disconnected', 'there is no connection to a broker');
    const body = encodeCast(method, args, { uniqueId, requestId, timestamp: timestamp() });
    await this.#session.publisher.publish({ exchange, routingKey, mandatory, body, id: uniqueId });
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      const url = this.#urls[attempt % this.#urls.length];
      if (url === undefined) return;
      const served = await this.#serve(url, failures + 1);
      failures = served ? 0 : failures + 1;
    }
  }

  /** One attempt at one broker, to its end and the wait after it. Answers whether there was a session. */
  async #serve(url: BrokerUrl, failures: number): Promise<boolean> {
    const { trace } = this.#options;
    const stop = this.#stop.signal;
    try {
      const session = await Session.open(this.#sessionOptions(url), stop);
      const reason = await this.#use(session);
      if (stop.aborted) return true;
      const retryInMs = this.#wait(1);
      trace({ kind: 'disconnected', url: url.masked, reason, retryInMs });
      await sleep(retryInMs, stop);
      return true;
    } catch (error) {
      if (stop.aborted) return false;
      // Within a round the next broker is tried at once.
      const rounds = failures / this.#urls.length;
      const retryInMs = Number.isInteger(rounds) ? this.#wait(rounds) : 0;
      trace({ kind: 'connect_failed', url: url.masked, reason: reasonOf(error), retryInMs });
      await sleep(retryInMs, stop);
      return false;
    }
  }

  #sessionOptions(url: BrokerUrl) {
    const { tls, trace } = this.#options;
    const { confirmMs, retryMs, watchMs } = this.#timing;
    return { ...this.#role, url, tls, trace, seen: this.#seen, confirmMs, retryMs, watchMs };
  }

  /** Lives with a session until it is lost or the client is stopped; answers why it was lost. */
  async #use(session: Session): Promise<string> {
    const over = AbortSignal.any([session.ended, this.#stop.signal]);
    this.#session = session;
    const serving = this.#role.serve(over);
    if (!over.aborted) await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
    this.#session = undefined;
    if (!(await session.close(this.#timing.stopMs))) {
      const reason = `events were still in the works after ${this.#timing.stopMs} ms`;
      this.#options.trace({ kind: 'close_forced', reason });
    }
    await serving;
    return reasonOf(over.reason);
  }

  #wait(attempt: number): number {
    return backoffMs(attempt, this.#timing.reconnect, Math.random());
  }
}
