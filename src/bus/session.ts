import { randomUUID } from 'node:crypto';
import type { Channel } from 'amqplib';
import type { BrokerUrl } from './broker-url.ts';
import type { Trace } from './bus-trace.ts';
import { declareTopology } from './declare-topology.ts';
import { Inbox, type InboxOptions } from './inbox.ts';
import { asError, closeConnection, type Link, orStopped, watch, watchChannel } from './link.ts';
import { openConnection, type TlsFiles } from './open-connection.ts';
import { encodeReply, type OsloCall } from './oslo-envelope.ts';
import { Publisher } from './publisher.ts';
import { reasonOf } from './reason-of.ts';
import { sleep } from './sleep.ts';
import type { Topology } from './topology.ts';
import { ExchangeWatch } from './witness.ts';

/** Unacked messages that the broker gives us ahead: enough to fill one write of a journal. */
const PREFETCH = 256;
const SETUP_TIMEOUT_MS = 30_000;

export interface SessionOptions extends Pick<InboxOptions, 'seen' | 'receive' | 'retryMs'> {
  readonly url: BrokerUrl;
  readonly tls: TlsFiles | undefined;
  /** For the broker's own listings. */
  readonly connectionName: string;
  readonly topology: Topology;
  readonly confirmMs: number;
  /** How often it is looked whether the exchanges that lead to our queue are still those that it was bound to. */
  readonly watchMs: number;
  /** Told when the broker takes messages again after it did not for a while. */
  readonly onUnblocked: () => void;
  readonly trace: Trace;
}

/**
 * One connection to one broker, with everything on it: topology, a channel that consumes, one that publishes and one that
 * watches. Any of these lost (connection, a channel, the queue, an exchange that leads to it) ends it as a whole: the next
 * one declares all of it anew.
 */
export class Session {
  readonly publisher: Publisher;
  /** Aborts when the session is over; its reason is an Error. */
  readonly ended: AbortSignal;
  readonly #link: Link;
  readonly #consuming: Consuming;
  readonly #watch: ExchangeWatch;

  private constructor(link: Link, publisher: Publisher, consuming: Consuming, exchanges: ExchangeWatch) {
    this.publisher = publisher;
    this.ended = link.ended;
    this.#link = link;
    this.#consuming = consuming;
    this.#watch = exchanges;
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
    const { trace, url, topology, watchMs } = options;
    trace({ kind: 'connected', url: url.masked });
    const witnessed = await declareTopology(connection, topology, trace);
    const exchanges = new ExchangeWatch(await connection.createChannel(), witnessed, { everyMs: watchMs, lose });
    const publisher = await openPublisher(link, options);
    const consuming = await consume(link, options, publisher);
    return new Session(link, publisher, consuming, exchanges);
  }

  /** Stops consuming, waits for events in the works (up to `limitMs`) and closes. Answers whether all were settled. */
  async close(limitMs: number): Promise<boolean> {
    const enough = new AbortController();
    const drained = this.#drain().then(() => true);
    const settled = await Promise.race([drained, sleep(limitMs, enough.signal).then(() => false)]);
    enough.abort();
    this.#consuming.inbox.end();
    await closeConnection(this.#link.connection);
    return settled;
  }

  async #drain(): Promise<void> {
    const { channel, consumerTag, inbox } = this.#consuming;
    try {
      if (!this.ended.aborted) await channel.cancel(consumerTag);
      await inbox.drain();
      // RabbitMQ may lose acks that a closing connection overtakes (seen on 3.10); a closing channel comes after them.
      if (!this.ended.aborted) await channel.close();
      if (!this.ended.aborted) await this.#watch.end();
    } catch (error) {
      this.#link.trace({ kind: 'close_failed', reason: reasonOf(error) });
    }
  }
}

interface Consuming {
  readonly channel: Channel;
  readonly inbox: Inbox;
  readonly consumerTag: string;
}

async function openPublisher(link: Link, { confirmMs, onUnblocked, trace }: SessionOptions): Promise<Publisher> {
  const { connection, lose } = link;
  const channel = await connection.createConfirmChannel();
  watchChannel(channel, 'publishing', lose);
  const publisher = new Publisher(channel, confirmMs);
  connection.on('blocked', (reason: string) => {
    trace({ kind: 'blocked', reason });
    publisher.hold();
  });
  connection.on('unblocked', () => {
    trace({ kind: 'unblocked' });
    publisher.release();
    onUnblocked();
  });
  return publisher;
}

async function consume(link: Link, options: SessionOptions, publisher: Publisher): Promise<Consuming> {
  const { connection, lose } = link;
  const { trace, topology } = options;
  const { queue } = topology;
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
  return { channel, inbox, consumerTag };
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
