import { randomUUID } from 'node:crypto';
import type { Channel, ChannelModel } from 'amqplib';
import type { BrokerUrl } from './broker-url.ts';
import type { Trace } from './bus-trace.ts';
import { declareTopology } from './declare-topology.ts';
import { Inbox, type InboxOptions } from './inbox.ts';
import { openConnection, type TlsFiles } from './open-connection.ts';
import { encodeReply, type OsloCall } from './oslo-envelope.ts';
import { Publisher } from './publisher.ts';
import { reasonOf } from './reason-of.ts';
import { sleep } from './sleep.ts';
import type { Topology } from './topology.ts';

/** Unacked messages that the broker gives us ahead: enough to fill one write of a journal. */
const PREFETCH = 256;
const SETUP_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 5_000;

export interface SessionOptions extends Pick<InboxOptions, 'seen' | 'receive' | 'retryMs'> {
  readonly url: BrokerUrl;
  readonly tls: TlsFiles | undefined;
  /** For the broker's own listings. */
  readonly connectionName: string;
  readonly topology: Topology;
  readonly confirmMs: number;
  readonly trace: Trace;
}

/**
 * One connection to one broker, with everything on it: topology, a channel that consumes and a channel that publishes.
 * Any of these lost (connection, either channel, the queue) ends it as a whole: the next one declares all of it anew.
 */
export class Session {
  readonly publisher: Publisher;
  /** Aborts when the session is over; its reason is an Error. */
  readonly ended: AbortSignal;
  readonly #connection: ChannelModel;
  readonly #channel: Channel;
  readonly #inbox: Inbox;
  readonly #consumerTag: string;
  readonly #trace: Trace;

  private constructor(link: Link, parts: Parts) {
    this.publisher = parts.publisher;
    this.ended = link.ended;
    this.#connection = link.connection;
    this.#trace = link.trace;
    this.#channel = parts.channel;
    this.#inbox = parts.inbox;
    this.#consumerTag = parts.consumerTag;
  }

  /**
   * Connects, declares and consumes.
   * @throws why it could not; nothing of it is left then.
   */
  static async open(options: SessionOptions, stop: AbortSignal): Promise<Session> {
    const opening = openConnection(options.url, options.tls, options.connectionName);
    const connection = await orStopped(opening, stop).catch((error: unknown) => {
      // A connection that comes up after the stop is nobody's.
      opening.then(closeConnection, () => undefined);
      throw error;
    });
    const link = watch(connection, options.trace);
    try {
      const late = AbortSignal.timeout(SETUP_TIMEOUT_MS);
      return await orStopped(Session.#setUp(link, options), AbortSignal.any([stop, link.ended, late]));
    } catch (error) {
      await closeConnection(connection);
      throw error;
    }
  }

  static async #setUp(link: Link, options: SessionOptions): Promise<Session> {
    const { connection, lose } = link;
    const { trace, url, topology } = options;
    const { queue } = topology;
    trace({ kind: 'connected', url: url.masked });
    await declareTopology(connection, topology, trace);
    const confirming = await connection.createConfirmChannel();
    watchChannel(confirming, 'publishing', lose);
    const publisher = new Publisher(confirming, options.confirmMs);
    const channel = await connection.createChannel();
    watchChannel(channel, 'consuming', lose);
    const answer = (call: OsloCall, failure: string | null) => reply(publisher, call, failure, trace);
    const inbox = new Inbox({ ...options, channel, answer, onFailure: (error) => lose(asError(error)) });
    channel.on('close', () => inbox.end());
    await channel.prefetch(PREFETCH);
    const { messageCount } = await channel.checkQueue(queue);
    // Exclusive: two consumers, say we and a connection of ours that the broker has not yet missed, would share the
    // messages out between them, and the order of events would be lost.
    const { consumerTag } = await channel.consume(
      queue,
      (message) => (message ? inbox.accept(message) : lose(new Error(`the broker cancelled our consumer of ${queue}`))),
      { exclusive: true },
    );
    trace({ kind: 'consuming', queue, waiting: messageCount });
    return new Session(link, { publisher, channel, inbox, consumerTag });
  }

  /** Stops consuming, waits for events in the works (up to `limitMs`) and closes. Answers whether all were settled. */
  async close(limitMs: number): Promise<boolean> {
    const enough = new AbortController();
    const drained = this.#drain().then(() => true);
    const settled = await Promise.race([drained, sleep(limitMs, enough.signal).then(() => false)]);
    enough.abort();
    this.#inbox.end();
    await closeConnection(this.#connection);
    return settled;
  }

  async #drain(): Promise<void> {
    try {
      if (!this.ended.aborted) await this.#channel.cancel(this.#consumerTag);
      await this.#inbox.drain();
      // RabbitMQ may lose acks that a closing connection overtakes (seen on 3.10); a closing channel comes after them.
      if (!this.ended.aborted) await this.#channel.close();
    } catch (error) {
      this.#trace({ kind: 'close_failed', reason: reasonOf(error) });
    }
  }
}

interface Parts {
  readonly publisher: Publisher;
  readonly channel: Channel;
  readonly inbox: Inbox;
  readonly consumerTag: string;
}

interface Link {
  readonly connection: ChannelModel;
  readonly trace: Trace;
  readonly ended: AbortSignal;
  readonly lose: (reason: Error) => void;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function watch(connection: ChannelModel, trace: Trace): Link {
  const over = new AbortController();
  const lose = (reason: Error) => over.abort(reason);
  connection.on('error', lose);
  connection.on('close', (reason?: Error) => lose(reason ?? new Error('the connection was closed')));
  connection.on('blocked', (reason: string) => trace({ kind: 'blocked', reason }));
  connection.on('unblocked', () => trace({ kind: 'unblocked' }));
  return { connection, trace, ended: over.signal, lose };
}

function watchChannel(channel: Channel, name: string, lose: (reason: Error) => void): void {
  channel.on('error', lose);
  // A connection closes its channels before it tells why: what it tells is the better reason.
  channel.on('close', () => setImmediate(lose, new Error(`the ${name} channel was closed`)));
}

/** The callers' reply queue is reached by its name at the default exchange. */
function reply(publisher: Publisher, call: OsloCall, failure: string | null, trace: Trace): void {
  const id = randomUUID().replaceAll('-', '');
  const body = encodeReply(call, failure, id);
  publisher
    .publish({ exchange: '', routingKey: call.replyQueue, body, id, mandatory: true })
    .catch((error: unknown) => {
      trace({ kind: 'reply_failed', msgId: call.msgId, reason: reasonOf(error) });
    });
}

function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(asError(signal.reason));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

/** A dead peer never answers a close: the heartbeat ends such a connection later. */
async function closeConnection(connection: ChannelModel): Promise<void> {
  const enough = new AbortController();
  // Rejects only when the connection is closed already.
  const closed = connection.close().catch(() => undefined);
  await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS, enough.signal)]);
  enough.abort();
}
