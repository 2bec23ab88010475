import type { BusTrace } from '../bus/bus-trace.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { Narrator } from './narrator.ts';

const OUTCOMES = { message_rejected: 'rejected', message_ignored: 'ignored', message_duplicate: 'duplicate' } as const;

/** Tells the log and the counters what happens on the bus. */
export function narrateBus({ log, counters }: Narrator): (event: BusTrace) => void {
  const lost = () => counters.increment('taas_agent_connections_lost_total', { peer: 'bus' });
  return (event) => {
    const { kind, ...fields } = event;
    switch (kind) {
      case 'connected':
        return log.info(fields, 'connected to RabbitMQ');
      case 'connect_failed':
        lost();
        return log.warn(fields, 'RabbitMQ cannot be reached');
      case 'disconnected':
        lost();
        return log.warn(fields, 'the connection to RabbitMQ was lost');
      case 'blocked':
        return log.warn(fields, 'RabbitMQ takes no messages for now');
      case 'unblocked':
        return log.info('RabbitMQ takes messages again');
      case 'exchange_created':
        return log.info(fields, 'an exchange was missing and has been declared');
      case 'queue_adopted':
        return log.warn(fields, 'our queue is there with other arguments than ours, and is used as it is');
      case 'consuming':
        return log.info(fields, 'taking tap events');
      case 'message_rejected':
      case 'message_ignored':
      case 'message_duplicate': {
        counters.increment('taas_agent_messages_total', { result: OUTCOMES[kind] });
        const level = kind === 'message_rejected' ? 'warn' : 'info';
        return log[level](fields, `message ${OUTCOMES[kind]}`);
      }
      case 'event_not_taken':
        return log.error(fields, 'a tap event could not be taken; it stays with the broker');
      case 'reply_failed':
        return log.warn(fields, 'the answer to a call could not be sent');
      case 'sync_cast':
        return log.info('asked Neutron for the taps of this host');
      case 'sync_failed':
        return log.warn(fields, 'Neutron could not be asked for the taps of this host');
      case 'close_forced':
      case 'close_failed':
        return log.warn(fields, 'the connection to RabbitMQ did not close cleanly');
      default:
        return assertNever(kind);
    }
  };
}
