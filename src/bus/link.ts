import type { Channel, ChannelModel } from 'amqplib';
import type { Trace } from './bus-trace.ts';
import { sleep } from './sleep.ts';

const CLOSE_TIMEOUT_MS = 5_000;

/** A connection, and whether it still serves. */
export interface Link {
  readonly connection: ChannelModel;
  readonly trace: Trace;
  readonly ended: AbortSignal;
  readonly lose: (reason: Error) => void;
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Follows a connection to its end. */
export function watch(connection: ChannelModel, trace: Trace): Link {
  const over = new AbortController();
  const lose = (reason: Error) => over.abort(reason);
  connection.on('error', lose);
  connection.on('close', (reason?: Error) => lose(reason ?? new Error('the connection was closed')));
  return { connection, trace, ended: over.signal, lose };
}

/** The end of the channel is that of the link. */
export function watchChannel(channel: Channel, name: string, lose: (reason: Error) => void): void {
  channel.on('error', lose);
  // A connection closes its channels before it tells why: what it tells is the better reason.
  channel.on('close', () => setImmediate(lose, new Error(`the ${name} channel was closed`)));
}

/** The work's result; or, as soon as the signal says so, its reason. */
export function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(asError(signal.reason));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

/** A dead peer never answers a close: the heartbeat ends such a connection later. */
export async function closeConnection(connection: ChannelModel): Promise<void> {
  const enough = new AbortController();
  // Rejects only when the connection is closed already.
  const closed = connection.close().catch(() => undefined);
  await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS, enough.signal)]);
  enough.abort();
}
