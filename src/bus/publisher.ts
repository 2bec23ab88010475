import type { ConfirmChannel, Message } from 'amqplib';
import { BusError } from './bus-error.ts';

/** One message to publish; `id` is unique to it. */
export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: string;
  readonly id: string;
  /** Whether it must reach a queue: one that reaches none is then `unroutable`. */
  readonly mandatory: boolean;
}

/** The properties that oslo.messaging gives its messages: persistent JSON. */
const OSLO_PROPERTIES = {
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  deliveryMode: 2,
  priority: 0,
  headers: {},
};

/**
 * Publishes with the broker's confirm. While the broker takes none (a memory or disk alarm, which may last for hours) it
 * does not read its sockets either: what was written would pile up here, and again with each attempt of who casts. So it is
 * held back instead, and forgotten when its time is up.
 */
export class Publisher {
  readonly #channel: ConfirmChannel;
  readonly #confirmTimeoutMs: number;
  /** Why the broker has returned what is under way, by its id. */
  readonly #returned = new Map<string, string | undefined>();
  readonly #held = new Set<() => void>();
  #holding = false;

  constructor(channel: ConfirmChannel, confirmTimeoutMs: number) {
    this.#channel = channel;
    this.#confirmTimeoutMs = confirmTimeoutMs;
    // The broker returns a message before it confirms it: https://www.rabbitmq.com/docs/confirms.
    channel.on('return', (message: Message) => {
      const id = String(message.properties.messageId);
      if (this.#returned.has(id)) this.#returned.set(id, String(Reflect.get(message.fields, 'replyText')));
    });
    // What is held learns that there is no channel any more.
    channel.on('close', () => this.release());
  }

  /** The broker takes nothing for now. */
  hold(): void {
    this.#holding = true;
  }

  /** The broker takes messages again: what is held goes, in the order of the calls. */
  release(): void {
    this.#holding = false;
    for (const send of this.#held) send();
    this.#held.clear();
  }

  /**
   * Resolves when the broker has the message in all queues that it leads to. Messages go out in the order of the calls.
   * @throws BusError unroutable, nacked, timeout or disconnected.
   */
  async publish(publication: Publication): Promise<void> {
    const { exchange, routingKey, body, id } = publication;
    this.#returned.set(id, undefined);
    try {
      await this.#confirmed(publication, Buffer.from(body));
      const returned = this.#returned.get(id);
      if (returned !== undefined) {
        throw new BusError('unroutable', `no queue at exchange ${exchange}, routing key ${routingKey}: ${returned}`);
      }
    } finally {
      this.#returned.delete(id);
    }
  }

  #confirmed({ exchange, routingKey, id, mandatory }: Publication, content: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#held.delete(send);
        reject(new BusError('timeout', `the broker did not confirm within ${this.#confirmTimeoutMs} ms`));
      }, this.#confirmTimeoutMs);
      const settle = (error: unknown) => {
        clearTimeout(limit);
        if (error) reject(publishError(error));
        else resolve();
      };
      const properties = { ...OSLO_PROPERTIES, messageId: id, mandatory };
      const send = () => {
        try {
          this.#channel.publish(exchange, routingKey, content, properties, settle);
        } catch (error) {
          settle(error);
        }
      };
      if (this.#holding) this.#held.add(send);
      else send();
    });
  }
}

/** amqplib tells a nack from a lost channel by the message alone. */
function publishError(cause: unknown): BusError {
  if (cause instanceof Error && cause.message === 'message nacked') {
    return new BusError('nacked', 'the broker refused the message', { cause });
  }
  return new BusError('disconnected', 'the connection was lost before the broker confirmed', { cause });
}
