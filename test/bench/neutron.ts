import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { SupportError } from '../support/support-error.ts';
import type { TapCast } from './tap-casts.ts';

const FANOUT = 'n-taas_agent_fanout';
const CONTROL = 'neutron';
const PLUGIN = 'n-taas-plugin';
const ECHO = 'taas-bench-echo';
/** As oslo.messaging sends. */
const PROPERTIES = { contentType: 'application/json', contentEncoding: 'utf-8', deliveryMode: 2 };
/** How long a round of casts may take before it counts as failed. */
const PATIENCE_MS = 600_000;

interface Report {
  readonly id: string;
  readonly status: string;
}

/** Calls of agents that report no status have no id. */
function readReport(content: Buffer): Report | undefined {
  const envelope = JSON.parse(content.toString('utf8')) as Record<string, string>;
  const { args } = JSON.parse(envelope['oslo.message'] ?? 'null') as {
    args: { msg?: { id: string }; status?: string };
  };
  return args.msg && args.status ? { id: args.msg.id, status: args.status } : undefined;
}

/** When each answer to a round of casts came, in milliseconds since the first cast was given to the socket. */
export type Arrivals = readonly number[];

type Listener = (report: Report, at: number) => void;

/**
 * Neutron's end of the bus, as lean as can be, so as not to cost what it measures: one connection without Nagle's delay,
 * one consumer on the plugin's queue that takes the time of each message before it looks at it, and no wait that polls.
 */
export class Neutron {
  readonly #link: ChannelModel;
  readonly #channel: ConfirmChannel;
  #listener: Listener | undefined;
  #echo: (() => void) | undefined;

  private constructor(link: ChannelModel, channel: ConfirmChannel) {
    this.#link = link;
    this.#channel = channel;
  }

  static async connect(url: string): Promise<Neutron> {
    const link = await connect(url, { noDelay: true, timeout: 10_000 });
    const channel = await link.createConfirmChannel();
    const neutron = new Neutron(link, channel);
    await channel.assertExchange(FANOUT, 'fanout', { durable: false, autoDelete: true });
    await channel.assertExchange(CONTROL, 'topic', { durable: false });
    await channel.assertQueue(PLUGIN, { durable: false });
    await channel.bindQueue(PLUGIN, CONTROL, PLUGIN);
    await channel.consume(PLUGIN, (message) => neutron.#take(message), { noAck: true });
    return neutron;
  }

  /** As it told when the connection was made (AMQP 0-9-1, section 4.2.2). */
  get brokerVersion(): string {
    return String(this.#link.connection.serverProperties.version);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  /** An agent that is gone for good would have the broker keep all that comes for it. */
  async forgetAgent(host: string): Promise<void> {
    await this.#channel.deleteQueue(`${FANOUT}.taas-agent.${host}`);
  }

  /**
   * Gives all casts to the broker at once and waits for the status of each, in any order. Throws SupportError when one
   * is answered otherwise, or not at all. One round at a time.
   */
  round(casts: readonly TapCast[]): Promise<Arrivals> {
    if (casts.length === 0) return Promise.resolve([]);
    const due = new Map(casts.map(({ id, answer }) => [id, answer as string]));
    const arrivals: number[] = [];
    return new Promise((resolve, reject) => {
      const end = (finish: () => void) => {
        clearTimeout(timer);
        this.#listener = undefined;
        finish();
      };
      const late = () =>
        end(() => reject(new SupportError('timed-out', `${due.size} of ${casts.length} taps have no answer`)));
      const timer = setTimeout(late, PATIENCE_MS);
      this.#listener = ({ id, status }, at) => {
        const wanted = due.get(id);
        if (wanted === undefined) return;
        if (status !== wanted) return end(() => reject(new SupportError('command-failed', `${id} is ${status}`)));
        due.delete(id);
        arrivals.push(at - began);
        if (due.size === 0) end(() => resolve(arrivals));
      };
      const began = performance.now();
      for (const { body } of casts) this.#channel.publish(FANOUT, '', body, PROPERTIES);
    });
  }

  /** Gives casts to the broker that nobody answers; resolves when it has confirmed them. */
  async tell(bodies: readonly Buffer[]): Promise<void> {
    for (const body of bodies) this.#channel.publish(FANOUT, '', body, PROPERTIES);
    await this.#channel.waitForConfirms();
  }

  /** What the bus itself needs: milliseconds until a message comes back through a durable queue, and until it is confirmed. */
  async echo(body: Buffer, times: number): Promise<{ readonly delivered: number[]; readonly confirmed: number[] }> {
    const taken = { delivered: [] as number[], confirmed: [] as number[] };
    await this.#channel.assertQueue(ECHO, { durable: true });
    const { consumerTag } = await this.#channel.consume(ECHO, () => this.#echo?.(), { noAck: true });
    for (let round = 0; round < times; round += 1) await this.#echoOnce(body, taken);
    await this.#channel.cancel(consumerTag);
    await this.#channel.deleteQueue(ECHO);
    return taken;
  }

  async #echoOnce(body: Buffer, taken: { delivered: number[]; confirmed: number[] }): Promise<void> {
    const began = performance.now();
    const note = (list: number[], resolve: () => void) => () => {
      list.push(performance.now() - began);
      resolve();
    };
    const delivered = new Promise<void>((resolve) => {
      this.#echo = note(taken.delivered, resolve);
    });
    const confirmed = new Promise<void>((resolve) => {
      this.#channel.sendToQueue(ECHO, body, PROPERTIES, note(taken.confirmed, resolve));
    });
    await Promise.all([delivered, confirmed]);
  }

  #take(message: ConsumeMessage | null): void {
    const at = performance.now();
    const report = message && readReport(message.content);
    if (report) this.#listener?.(report, at);
  }
}
