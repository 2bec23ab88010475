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

/** Publishes with the broker's confirm. */
export class Publisher {
  readonly #channel: ConfirmChannel;
  readonly #confirmTimeoutMs: number;
  readonly #returned = new Map<string, string>();

  constructor(channel: ConfirmChannel, confirmTimeoutMs: number) {
    this.#channel = channel;
    this.#confirmTimeoutMs = confirmTimeoutMs;
    // The broker returns a message before it confirms it: https://www.rabbitmq.com/docs/confirms.
    channel.on('return', (message: Message) => {
      const id: unknown = message.properties.messageId;
      if (typeof id === 'string') this.#returned.set(id, String(Reflect.get(message.fields, 'replyText')));
    });
  }

  /**
   * Resolves when the broker has the message in all queues that it leads to. Messages go out in the order of the calls.
   * @throws BusError unroutable, nacked, timeout or disconnected.
   */
  async publish(publication: Publication): Promise<void> {
    const { exchange, routingKey, body, id } = publication;
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
        reject(new BusError('timeout', `the broker did not confirm within ${this.#confirmTimeoutMs} ms`));
      }, this.#confirmTimeoutMs);
      const settle = (error: unknown) => {
        clearTimeout(limit);
        if (error) reject(publishError(error));
        else resolve();
      };
      try {
        this.#channel.publish(exchange, routingKey, content, { ...OSLO_PROPERTIES, messageId: id, mandatory }, settle);
      } catch (error) {
        settle(error);
      }
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
