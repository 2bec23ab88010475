import type { Channel, ChannelModel } from 'amqplib';

/** What the broker says of a declaration; `code` is one of AMQP 0-9-1's reply codes. */
export type Declared =
  | { readonly kind: 'ok' }
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string; readonly cause: Error };

export const NOT_FOUND = 404;
export const PRECONDITION_FAILED = 406;

/** A refusal as amqplib gives it: an Error that has the reply code. Undefined for anything else. */
export function replyCode(error: unknown): number | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** Runs one declaration on a channel of its own, as a refused one closes its channel (AMQP 0-9-1, section 4.2.6). */
export async function declare(
  connection: ChannelModel,
  action: (channel: Channel) => Promise<unknown>,
): Promise<Declared> {
  const channel = await connection.createChannel();
  let closed = false;
  channel.on('close', () => {
    closed = true;
  });
  // The action's rejection tells the same; without a listener the event would be thrown.
  channel.on('error', () => undefined);
  try {
    await action(channel);
    return { kind: 'ok' };
  } catch (error) {
    const code = replyCode(error);
    if (!(error instanceof Error) || code === undefined) throw error;
    return { kind: 'refused', code, reason: error.message, cause: error };
  } finally {
    if (!closed) await channel.close();
  }
}
