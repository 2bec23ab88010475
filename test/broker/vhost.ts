import type { Options } from 'amqplib';
import type { Rabbitmq } from '../support/rabbitmq.ts';
import { until } from './recorded-traces.ts';

/** A virtual host: exchanges and queues of the RPC have fixed names, so each test has a place of its own. */
export class Vhost {
  readonly name: string;
  readonly url: string;
  readonly #broker: Rabbitmq;

  private constructor(broker: Rabbitmq, name: string) {
    this.#broker = broker;
    this.name = name;
    this.url = `${broker.url}/${name}`;
  }

  static async add(broker: Rabbitmq, name: string): Promise<Vhost> {
    await broker.ctl('add_vhost', name);
    await broker.ctl('set_permissions', '-p', name, 'guest', '.*', '.*', '.*');
    return new Vhost(broker, name);
  }

  publish(exchange: string, key: string, body: string | Buffer, options: Options.Publish = {}): Promise<void> {
    return this.#broker.publishTo(this.name, exchange, key, body, options);
  }

  /** The lines of one of rabbitmqctl's lists, columns parted by tabs. */
  async rows(what: string, ...columns: string[]): Promise<string[]> {
    return (await this.#broker.ctl(what, '-q', '--no-table-headers', '-p', this.name, ...columns)).split('\n');
  }

  /** Ready and unacknowledged messages of a queue, as "0 0". */
  async queued(queue: string): Promise<string> {
    const rows = await this.rows('list_queues', 'name', 'messages_ready', 'messages_unacknowledged');
    const row = rows.find((text) => text.startsWith(`${queue}\t`));
    return row?.split('\t').slice(1).join(' ') ?? 'no queue';
  }

  /** Waits until a queue has so many ready and unacknowledged messages. */
  async holds(queue: string, counts: string): Promise<void> {
    await until(`${counts} in ${queue}`, async () => (await this.queued(queue)) === counts);
  }
}
