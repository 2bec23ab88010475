import type { Channel, ChannelModel } from 'amqplib';
import type { Trace } from './bus-trace.ts';
import { declare, NOT_FOUND, replyCode } from './declare.ts';
import { sleep } from './sleep.ts';
import { FANOUT_EXCHANGE, type Topology } from './topology.ts';

/** An exchange that leads to our queue, and the one whose disappearance tells that it was deleted. */
export interface Witnessed {
  readonly exchange: string;
  /** Undefined when the broker has refused us one: then only a missing exchange is noticed, not one made anew. */
  readonly witness: string | undefined;
}

/** Each exchange that leads to our queue, with the name of its witness, which nobody else uses. */
function witnessesOf({ queue, control, fanout }: Topology): ReadonlyMap<string, string> {
  const places: [string, string][] = [[control, `${queue}.control`]];
  if (fanout) places.push([FANOUT_EXCHANGE, `${queue}.fanout`]);
  return new Map(places);
}

/**
 * Sets a witness beside each exchange that leads to our queue, before the queue is bound to it. AMQP tells nobody that an
 * exchange was deleted, and whoever casts to it makes it anew at once, without our binding. A witness is an exchange of ours
 * that is deleted with its last binding (auto-delete), and its only one leads to the exchange that it watches: it goes when
 * that goes, and stays gone. It is `internal`, so that no message can be published to it.
 */
export async function setWitnesses(
  connection: ChannelModel,
  topology: Topology,
  trace: Trace,
): Promise<readonly Witnessed[]> {
  const set: Witnessed[] = [];
  for (const [exchange, witness] of witnessesOf(topology)) {
    const made = await declare(connection, async (channel) => {
      await channel.assertExchange(witness, 'fanout', { durable: false, autoDelete: true, internal: true });
      await channel.bindExchange(exchange, witness, '');
    });
    if (made.kind === 'refused') trace({ kind: 'exchange_unwatched', exchange, reason: made.reason });
    set.push({ exchange, witness: made.kind === 'ok' ? witness : undefined });
  }
  return set;
}

export interface WatchOptions {
  /** How often it is looked, in milliseconds. */
  readonly everyMs: number;
  /** Told once: the session is of no use any more. */
  readonly lose: (reason: Error) => void;
}

/** Looks at the witnesses every so often, on a channel of its own, as one that is gone closes the channel. */
export class ExchangeWatch {
  readonly #channel: Channel;
  readonly #witnessed: readonly Witnessed[];
  readonly #over = new AbortController();
  #ended = false;

  constructor(channel: Channel, witnessed: readonly Witnessed[], { everyMs, lose }: WatchOptions) {
    this.#channel = channel;
    this.#witnessed = witnessed;
    // Whoever asked is told of the same by a rejection; without a listener the event would be thrown.
    channel.on('error', () => undefined);
    channel.on('close', () => this.#over.abort());
    // A connection closes its channels before it tells why: what it tells is the better reason.
    this.#run(everyMs).catch((error) => setImmediate(lose, error));
  }

  /** Leaves no witness behind. One that stays, after a crash, is taken over by the next session. */
  async end(): Promise<void> {
    if (this.#over.signal.aborted) return;
    this.#ended = true;
    this.#over.abort();
    for (const { witness } of this.#witnessed) if (witness !== undefined) await this.#channel.deleteExchange(witness);
  }

  async #run(everyMs: number): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await sleep(everyMs, signal);
      for (const each of this.#witnessed) if (!signal.aborted) await this.#look(each);
    }
    if (!this.#ended) throw new Error('the watching channel was closed');
  }

  /** @throws Error that says that the exchange was deleted, or what the broker says */
  async #look({ exchange, witness = exchange }: Witnessed): Promise<void> {
    try {
      await this.#channel.checkExchange(witness);
    } catch (cause) {
      if (replyCode(cause) !== NOT_FOUND) throw cause;
      throw new Error(`the exchange ${exchange} was deleted, and with it the binding of our queue`, { cause });
    }
  }
}
