import type { ChannelModel } from 'amqplib';
import type { Trace } from './bus-trace.ts';
import { declare, NOT_FOUND, PRECONDITION_FAILED } from './declare.ts';
import { FANOUT_EXCHANGE, type Topology } from './topology.ts';
import { setWitnesses, type Witnessed } from './witness.ts';

/** How long the broker keeps our queue while we are away: a long weekend. */
const QUEUE_EXPIRES_MS = 3 * 86_400_000;

interface ExchangeFlags {
  readonly type: 'topic' | 'fanout';
  readonly autoDelete: boolean;
}

/** Deployments choose durable exchanges or not: what is there is adopted, only what is missing is made. */
async function ensureExchange(connection: ChannelModel, name: string, flags: ExchangeFlags, trace: Trace) {
  const found = await declare(connection, (channel) => channel.checkExchange(name));
  if (found.kind === 'ok') return;
  if (found.code !== NOT_FOUND) throw found.cause;
  const made = await declare(connection, (channel) =>
    channel.assertExchange(name, flags.type, { durable: false, autoDelete: flags.autoDelete }),
  );
  // 406: between the two someone else made it, their way.
  if (made.kind === 'refused' && made.code !== PRECONDITION_FAILED) throw made.cause;
  if (made.kind === 'ok') trace({ kind: 'exchange_created', exchange: name });
}

async function ensureQueue(connection: ChannelModel, queue: string, trace: Trace): Promise<void> {
  const made = await declare(connection, (channel) =>
    channel.assertQueue(queue, { durable: true, expires: QUEUE_EXPIRES_MS }),
  );
  if (made.kind === 'ok') return;
  if (made.code !== PRECONDITION_FAILED) throw made.cause;
  // It may hold events, so it is never deleted to be made our way.
  const found = await declare(connection, (channel) => channel.checkQueue(queue));
  if (found.kind === 'refused') throw found.cause;
  trace({ kind: 'queue_adopted', queue, reason: made.reason });
}

/**
 * Makes sure of the exchanges and of our queue, and binds it. Part of every connect: a broker's restart takes exchanges
 * that are not durable, and with them the bindings of a queue that is. Answers the exchanges that are watched from now on.
 * @throws what the broker refused.
 */
export async function declareTopology(
  connection: ChannelModel,
  topology: Topology,
  trace: Trace,
): Promise<readonly Witnessed[]> {
  const { queue, control, keys, fanout } = topology;
  await ensureExchange(connection, control, { type: 'topic', autoDelete: false }, trace);
  await ensureExchange(connection, FANOUT_EXCHANGE, { type: 'fanout', autoDelete: true }, trace);
  await ensureQueue(connection, queue, trace);
  const witnessed = await setWitnesses(connection, topology, trace);
  const bound = await declare(connection, async (channel) => {
    if (fanout) await channel.bindQueue(queue, FANOUT_EXCHANGE, '');
    for (const key of keys) await channel.bindQueue(queue, control, key);
  });
  if (bound.kind === 'refused') throw bound.cause;
  return witnessed;
}
