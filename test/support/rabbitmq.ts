import { type ChannelModel, type ConsumeMessage, connect, type Options } from 'amqplib';
import { eventually } from './eventually.ts';
import { type Broker, type RabbitmqOptions, START_LIMIT_MS } from './rabbitmq-broker.ts';
import { ProcessBroker } from './rabbitmq-processes.ts';
import { SupportError } from './support-error.ts';

/** What has reached a queue, as it comes. */
export interface Collector {
  readonly queue: string;
  readonly messages: readonly ConsumeMessage[];
  /** Resolves with the first message for which `match` holds, past or to come. */
  find(match: (message: ConsumeMessage) => boolean): Promise<ConsumeMessage>;
  close(): Promise<void>;
}

/** Processes of this machine, or, with TAAS_TEST_BROKER=container, a container, whose packages are many and loaded only then. */
async function prepareBroker(options: RabbitmqOptions): Promise<Broker> {
  if (process.env['TAAS_TEST_BROKER'] !== 'container') return ProcessBroker.prepare(options);
  const { ContainerBroker } = await import('./rabbitmq-container.ts');
  return ContainerBroker.prepare(options);
}

/** A RabbitMQ of a test's own, and what the test itself sends to it and gets from it. */
export class Rabbitmq {
  readonly #broker: Broker;
  readonly #links = new Set<ChannelModel>();

  private constructor(broker: Broker) {
    this.#broker = broker;
  }

  static async start(options: RabbitmqOptions = {}): Promise<Rabbitmq> {
    const broker = new Rabbitmq(await prepareBroker(options));
    try {
      await broker.resume();
      return broker;
    } catch (error) {
      await broker.stop();
      throw error;
    }
  }

  get url(): string {
    return this.#broker.url;
  }

  get tlsUrl(): string {
    return this.#broker.tlsUrl;
  }

  /** Its private folder. Throws SupportError when it runs in a container. */
  get folder(): string {
    return this.#processes().folder;
  }

  /** The numbers of all that runs for it: Erlang's machine, whatever it started, and epmd. Throws as `folder` does. */
  processes(): number[] {
    return this.#processes().processes();
  }

  #processes(): ProcessBroker {
    if (this.#broker instanceof ProcessBroker) return this.#broker;
    throw new SupportError('command-failed', 'a broker in a container has no folder and no process here');
  }

  /** Ends the broker, and not what it keeps; with SIGKILL as a power cut would. */
  halt(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
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

  /** Leaves no process, container or file behind. */
  async stop(): Promise<void> {
    await Promise.all([...this.#links].map((link) => link.close().catch(() => undefined)));
    await this.#broker.remove();
  }

  /** Runs rabbitmqctl against this broker and answers what it printed. */
  ctl(...args: string[]): Promise<string> {
    return this.#broker.ctl(args);
  }

  /** A connection of a test's own, closed at the latest by `stop`. A lost one is no error to the test. */
  async connect(url: string = this.url): Promise<ChannelModel> {
    const link = await connect(url, { timeout: 10_000 });
    link.on('error', () => undefined);
    link.on('close', () => this.#links.delete(link));
    this.#links.add(link);
    return link;
  }

  /** Publishes with confirm. An exchange that is missing rejects; nobody need listen. */
  async publish(exchange: string, routingKey: string, body: string | Buffer, options: Options.Publish = {}) {
    return this.publishTo('%2F', exchange, routingKey, body, options);
  }

  /** Publishes in another virtual host. */
  async publishTo(
    vhost: string,
    exchange: string,
    routingKey: string,
    body: string | Buffer,
    options: Options.Publish = {},
  ): Promise<void> {
    const link = await this.connect(`${this.url}/${vhost}`);
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
    return collectFrom(link, queue);
  }

  /** Collects what a queue that is there holds and gets. */
  async collectQueue(queue: string): Promise<Collector> {
    return collectFrom(await this.connect(), queue);
  }
}

async function collectFrom(link: ChannelModel, queue: string): Promise<Collector> {
  const channel = await link.createChannel();
  const messages: ConsumeMessage[] = [];
  await channel.consume(queue, (message) => void (message && messages.push(message)), { noAck: true });
  return {
    queue,
    messages,
    find: (match) => eventually(() => messages.find(match), { what: 'such a message', timeoutMs: START_LIMIT_MS }),
    close: () => link.close(),
  };
}
