import type { BusTrace } from '../bus/bus-trace.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { Log } from './log.ts';
import { type Narrator, Once } from './narrator.ts';

/** Messages that are counted here; those that are taken are counted by whoever takes them. */
const OUTCOMES: Readonly<Partial<Record<BusTrace['kind'], string>>> = {
  message_rejected: 'rejected',
  message_ignored: 'ignored',
  message_duplicate: 'duplicate',
};

/** Tells the agent's log and counters what happens on the bus. */
export function narrateBus({ log, counters }: Narrator): (event: BusTrace) => void {
  const tell = teller(log, { one: 'a tap event', many: 'tap events' });
  return (event) => {
    if (event.kind === 'connect_failed' || event.kind === 'disconnected') {
      counters.increment('taas_agent_connections_lost_total', { peer: 'bus' });
    }
    const result = OUTCOMES[event.kind];
    if (result !== undefined) counters.increment('taas_agent_messages_total', { result });
    tell(event);
  };
}

/** Tells the control plane's log what happens on the bus. */
export function narrateControlPlaneBus(log: Log): (event: BusTrace) => void {
  return teller(log, { one: 'a report of an agent', many: 'reports of agents' });
}

/** What the messages are that a program takes. */
interface Taken {
  readonly one: string;
  readonly many: string;
}

function teller(log: Log, taken: Taken): (event: BusTrace) => void {
  const trimmed = new Once();
  return (event) => {
    const { kind, ...fields } = event;
    switch (kind) {
      case 'connected':
        return log.info(fields, 'connected to RabbitMQ');
      case 'connect_failed':
        return log.warn(fields, 'RabbitMQ cannot be reached');
      case 'disconnected':
        return log.warn(fields, 'the connection to RabbitMQ was lost');
      case 'blocked':
        return log.warn(fields, 'RabbitMQ takes no messages for now');
      case 'unblocked':
        return log.info('RabbitMQ takes messages again');
      case 'exchange_created':
        return log.info(fields, 'an exchange was missing and has been declared');
      case 'exchange_unwatched':
        return log.warn(fields, 'an exchange cannot be watched: if it is made anew, that is noticed late');
      case 'queue_adopted':
        return log.warn(fields, 'our queue is there with other arguments than ours, and is used as it is');
      case 'consuming':
        return log.info(fields, `taking ${taken.many}`);
      case 'message_rejected':
        return log.warn(fields, 'message rejected');
      case 'message_ignored':
        return log.info(fields, 'message ignored');
      case 'message_duplicate':
        return log.info(fields, 'message duplicate');
      case 'message_trimmed':
        return log.warn(fields, 'a part of a message could not be used; the rest was taken');
      case 'event_not_taken':
        return log.error(fields, `${taken.one} could not be taken; it stays with the broker`);
      case 'reply_failed':
        return log.warn(fields, 'the answer to a call could not be sent');
      case 'inventory_trimmed':
        return trimmed.tell(event.reason, () =>
          log.warn(fields, 'what the switch says of a port cannot be used; the other ports are reported'),
        );
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
