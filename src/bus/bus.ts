import { randomUUID } from 'node:crypto';
import { type BackoffRange, backoffMs } from './backoff.ts';
import { type BrokerUrl, parseBrokerUrl } from './broker-url.ts';
import { BusError } from './bus-error.ts';
import type { Trace } from './bus-trace.ts';
import { syncCast } from './casts.ts';
import type { TapDelivery } from './inbox.ts';
import type { TlsFiles } from './open-connection.ts';
import { encodeCast } from './oslo-envelope.ts';
import { reasonOf } from './reason-of.ts';
import { SeenIds } from './seen-ids.ts';
import { Session } from './session.ts';
import { sleep } from './sleep.ts';
import { PLUGIN_TOPIC } from './topology.ts';

/** Milliseconds. */
export interface BusTiming {
  /** Between attempts to reach a broker. */
  readonly reconnect: BackoffRange;
  /** Between casts of sync_tap_resources that nobody takes: the plugin may start long after us. */
  readonly sync: BackoffRange;
  /** Before an event that was not taken is handed out again. */
  readonly retryMs: number;
  /** How long a cast waits for the broker's confirm. */
  readonly confirmMs: number;
  /** How long a stop waits for events in the works. */
  readonly stopMs: number;
}

const DEFAULT_TIMING: BusTiming = {
  reconnect: { minMs: 500, maxMs: 30_000 },
  sync: { minMs: 1_000, maxMs: 60_000 },
  retryMs: 1_000,
  confirmMs: 10_000,
  stopMs: 10_000,
};

/** Duplicates come within seconds of each other, after a lost connection; oslo.messaging itself remembers 16. */
const REMEMBERED_IDS = 4096;

export interface BusOptions {
  /** Brokers in the order of failover, `amqp://` or `amqps://`. */
  readonly urls: readonly string[];
  /** The deployment's `control_exchange`. */
  readonly exchange: string;
  /** Our host, as Neutron names it. */
  readonly host: string;
  readonly tls?: TlsFiles;
  /**
   * Resolves when the event is safe (on disk); only then is it acked. It is called for the next event before it resolved
   * for the last. When it rejects, this event and all behind it are handed out again, in order: taking an event twice
   * must do no harm.
   */
  readonly onEvent: (delivery: TapDelivery) => Promise<void>;
  readonly trace: Trace;
  readonly timing?: Partial<BusTiming>;
}

/**
 * The AMQP side of an agent: takes tap events from Neutron's TaaS plugin, casts to it, and stays connected.
 *
 * The reconnect loop is our own: amqplib's recovery (2.3) knows one URL only, so there is no failover, and ends with the
 * connection, while a lost channel or a deleted queue needs the same new start.
 */
export class Bus {
  readonly #options: BusOptions;
  readonly #timing: BusTiming;
  readonly #urls: readonly BrokerUrl[];
  readonly #seen = new SeenIds(REMEMBERED_IDS);
  readonly #stop = new AbortController();
  #session: Session | undefined;
  #running: Promise<void> | undefined;

  /** @throws BusError bad_url */
  constructor(options: BusOptions) {
    if (options.urls.length === 0) throw new BusError('bad_url', 'no broker URL is given');
    this.#options = options;
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    this.#urls = options.urls.map(parseBrokerUrl);
  }

  /**
   * Begins to connect and returns: the first connection may take hours. Each connection asks for a sync once it consumes.
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
   * Casts to the TaaS plugin; resolves when the broker has the message in the plugin's queue.
   * @throws BusError disconnected, unroutable, nacked or timeout
   */
  async cast(method: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#session === undefined) throw new BusError('disconnected', 'there is no connection to a broker');
    const id = randomUUID().replaceAll('-', '');
    const timestamp = new Date().toISOString().replace('T', ' ').replace('Z', '000');
    const body = encodeCast(method, args, { uniqueId: id, requestId: `req-${randomUUID()}`, timestamp });
    await this.#session.publisher.publish({ exchange: this.#options.exchange, routingKey: PLUGIN_TOPIC, body, id });
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
      const session = await Session.open({ ...this.#options, ...this.#sessionOptions(url) }, stop);
      const reason = await this.#use(session);
      if (stop.aborted) return true;
      const retryInMs = this.#wait(1, this.#timing.reconnect);
      trace({ kind: 'disconnected', url: url.masked, reason, retryInMs });
      await sleep(retryInMs, stop);
      return true;
    } catch (error) {
      if (stop.aborted) return false;
      // Within a round the next broker is tried at once.
      const rounds = failures / this.#urls.length;
      const retryInMs = Number.isInteger(rounds) ? this.#wait(rounds, this.#timing.reconnect) : 0;
      trace({ kind: 'connect_failed', url: url.masked, reason: reasonOf(error), retryInMs });
      await sleep(retryInMs, stop);
      return false;
    }
  }

  #sessionOptions(url: BrokerUrl) {
    const { confirmMs, retryMs } = this.#timing;
    return { url, tls: this.#options.tls, seen: this.#seen, confirmMs, retryMs };
  }

  /** Lives with a session until it is lost or the bus is stopped; answers why it was lost. */
  async #use(session: Session): Promise<string> {
    const over = AbortSignal.any([session.ended, this.#stop.signal]);
    this.#session = session;
    const syncing = this.#castSync(over);
    if (!over.aborted) await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
    this.#session = undefined;
    if (!(await session.close(this.#timing.stopMs))) {
      const reason = `events were still in the works after ${this.#timing.stopMs} ms`;
      this.#options.trace({ kind: 'close_forced', reason });
    }
    await syncing;
    return reasonOf(over.reason);
  }

  async #castSync(over: AbortSignal): Promise<void> {
    const { trace, host } = this.#options;
    const { method, args } = syncCast(host);
    for (let attempt = 1; !over.aborted; attempt += 1) {
      try {
        await this.cast(method, args);
        trace({ kind: 'sync_cast' });
        return;
      } catch (error) {
        if (over.aborted) return;
        const retryInMs = this.#wait(attempt, this.#timing.sync);
        trace({ kind: 'sync_failed', reason: reasonOf(error), retryInMs });
        await sleep(retryInMs, over);
      }
    }
  }

  #wait(attempt: number, range: BackoffRange): number {
    return backoffMs(attempt, range, Math.random());
  }
}
