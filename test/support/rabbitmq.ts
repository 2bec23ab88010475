import { randomUUID } from 'node:crypto';
import { type ChannelModel, type ConsumeMessage, connect, type Options } from 'amqplib';
import { eventually } from './eventually.ts';
import { type Broker, type RabbitmqOptions, START_LIMIT_MS } from './rabbitmq-broker.ts';
import { ProcessBroker } from './rabbitmq-processes.ts';
import { sharedBroker, startBroker } from './shared-broker.ts';
import { SupportError } from './support-error.ts';

/** What has reached a queue, as it comes. */
export interface Collector {
  readonly queue: string;
  readonly messages: readonly ConsumeMessage[];
  /** Resolves with the first message for which `match` holds, past or to come. */
  find(match: (message: ConsumeMessage) => boolean): Promise<ConsumeMessage>;
  /** Takes nothing from the queue until `resume`: what comes waits there. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_VHOST = '/';

/** Text in Erlang's notation. */
const binary = (text: string) => `<<${JSON.stringify(text)}>>`;

/**
 * A RabbitMQ as a test sees it, and what the test itself sends to it and gets from it: a broker of its own, or a virtual
 * host of its own at a broker. The RPC's exchanges and queues have fixed names, so no two tests share a virtual host.
 */
export class Rabbitmq {
  /** Its virtual host. */
  readonly vhost: string;
  readonly #broker: Broker;
  readonly #links = new Set<ChannelModel>();

  private constructor(broker: Broker, vhost = DEFAULT_VHOST) {
    this.#broker = broker;
    this.vhost = vhost;
  }

  /** Starts a broker for a test that ends it, blocks it, or asks it for what it is not asked for usually. */
  static async start(options: RabbitmqOptions = {}): Promise<Rabbitmq> {
    return new Rabbitmq(await startBroker(options));
  }

  /** A place at the broker that all test files of a run share; where there is none, a broker of its own. */
  static async share(): Promise<Rabbitmq> {
    const broker = await sharedBroker();
    return broker === undefined ? Rabbitmq.start() : Rabbitmq.#addVhost(broker);
  }

  static async #addVhost(broker: Broker): Promise<Rabbitmq> {
    const name = `test-${randomUUID()}`;
    // What PUT /api/vhosts of the HTTP API does: its maker may do everything there.
    await broker.evaluate(`ok = rabbit_vhost:put_vhost(${binary(name)}, <<>>, <<>>, undefined, ${binary('guest')})`);
    return new Rabbitmq(broker, name);
  }

  /** Another virtual host of the same broker. */
  another(): Promise<Rabbitmq> {
    return Rabbitmq.#addVhost(this.#broker);
  }

  get url(): string {
    return this.vhost === DEFAULT_VHOST ? this.#broker.url : `${this.#broker.url}/${this.vhost}`;
  }

  get tlsUrl(): string {
    return this.#broker.tlsUrl;
  }

  /** The broker's private folder. Throws SupportError when it runs in a container. */
  get folder(): string {
    return this.#processes().folder;
  }

  /** The numbers of all that runs for the broker: Erlang's machine, whatever it started, and epmd. Throws as `folder` does. */
  processes(): number[] {
    return this.#processes().processes();
  }

  #processes(): ProcessBroker {
    if (this.#broker instanceof ProcessBroker) return this.#broker;
    throw new SupportError('command-failed', 'a broker in a container, or shared, has no folder and no process here');
  }

  /**
   * Ends the broker for its clients, and not what it keeps; with SIGKILL as a power cut would. Here and below: throws
   * SupportError when the broker is shared.
   */
  halt(signal?: 'SIGKILL'): Promise<void> {
    return this.#broker.halt(signal);
  }

  /** Starts it again after a `halt`, on the same ports and data. */
  resume(): Promise<void> {
    return this.#broker.launch();
  }

  async restart(): Promise<void> {
    await this.halt();
    await this.resume();
  }

  /** Leaves nothing of it behind: no virtual host, and of a broker of its own no process, container or file. */
  async stop(): Promise<void> {
    await Promise.all([...this.#links].map((link) => link.close().catch(() => undefined)));
    if (this.vhost === DEFAULT_VHOST) await this.#broker.remove();
    else await this.evaluate(`rabbit_vhost:delete(${binary(this.vhost)}, ${binary('guest')})`);
  }

  /** Runs rabbitmqctl against the broker and answers what it printed. */
  ctl(...args: string[]): Promise<string> {
    return this.#broker.ctl(args);
  }

  /** Has the broker evaluate an Erlang expression, in a small part of the time that rabbitmqctl takes. */
  evaluate(expression: string): Promise<string> {
    return this.#broker.evaluate(expression);
  }

  /** The lines of one of rabbitmqctl's lists of this virtual host, columns parted by tabs. */
  async rows(what: string, ...columns: string[]): Promise<string[]> {
    return (await this.ctl(what, '-q', '--no-table-headers', '-p', this.vhost, ...columns)).split('\n');
  }

  /** Ready and unacknowledged messages of a queue, as "0 0". */
  async queued(queue: string): Promise<string> {
    const name = `rabbit_misc:r(${binary(this.vhost)}, queue, ${binary(queue)})`;
    const counts = 'rabbit_amqqueue:info(Q, [messages_ready, messages_unacknowledged])';
    const said = await this.evaluate(`case rabbit_amqqueue:lookup(${name}) of {ok, Q} -> ${counts}; _ -> none end`);
    return said === 'none' ? 'no queue' : [...said.matchAll(/\d+/g)].join(' ');
  }

  /** Waits until a queue has so many ready and unacknowledged messages. */
  async holds(queue: string, counts: string): Promise<void> {
    const what = `${counts} in ${queue}`;
    await eventually(async () => (await this.queued(queue)) === counts, { what, timeoutMs: START_LIMIT_MS });
  }

  /** A connection of a test's own, closed at the latest by `stop`. A lost one is no error to the test. */
  async connect(url: string = this.url): Promise<ChannelModel> {
    const link = await connect(url, { timeout: 10_000 });
    link.on('error', () => undefined);
    link.on('close', () => this.#links.delete(link));
    this.#links.add(link);
    return link;
  }

  /** Ends a connection of `connect`; one that was lost has ended. */
  async disconnect(link: ChannelModel): Promise<void> {
    if (this.#links.has(link)) await link.close();
  }

  /** Publishes with confirm. An exchange that is missing rejects; nobody need listen. */
  async publish(
    exchange: string,
    routingKey: string,
    body: string | Buffer,
    options: Options.Publish = {},
  ): Promise<void> {
    const link = await this.connect();
    try {
      const channel = await link.createConfirmChannel();
      channel.on('error', () => undefined);
      channel.publish(exchange, routingKey, Buffer.from(body), { deliveryMode: 2, ...options });
      await channel.waitForConfirms();
    } finally {
      await link.close();
    }
  }

  /**
   * Collects what reaches the exchange (a topic exchange made if missing, as Neutron's) with a routing key, through a
   * queue that lasts as long as the collector.
   */
  async collect(exchange: string, routingKey: string): Promise<Collector> {
    const link = await this.connect();
    const channel = await link.createChannel();
    await channel.assertExchange(exchange, 'topic', { durable: false });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, exchange, routingKey);
    return this.#collectFrom(link, queue);
  }

  /** Collects what a queue that is there holds and gets. */
  async collectQueue(queue: string): Promise<Collector> {
    return this.#collectFrom(await this.connect(), queue);
  }

  async #collectFrom(link: ChannelModel, queue: string): Promise<Collector> {
    const channel = await link.createChannel();
    const messages: ConsumeMessage[] = [];
    const consume = () =>
      channel.consume(queue, (message) => void (message && messages.push(message)), { noAck: true });
    let { consumerTag } = await consume();
    return {
      queue,
      messages,
      find: (match) => eventually(() => messages.find(match), { what: 'such a message', timeoutMs: START_LIMIT_MS }),
      pause: async () => void (await channel.cancel(consumerTag)),
      resume: async () => {
        ({ consumerTag } = await consume());
      },
      close: () => this.disconnect(link),
    };
  }
}
