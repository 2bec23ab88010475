import type { TraceEvent } from '../ovsdb-client/trace-event.ts';
import { assertNever } from '../tap/assert-never.ts';
import { type Narrator, Once } from './narrator.ts';

/** Tells the log and the counters how it stands with the switch's database. */
export function narrateOvsdb({ log, counters }: Narrator): (event: TraceEvent) => void {
  const away = new Once();
  return (event) => {
    switch (event.kind) {
      case 'state':
        return log.debug({ state: event.state.kind }, 'connection to the OVSDB');
      case 'lost':
        counters.increment('taas_agent_connections_lost_total', { peer: 'ovsdb' });
        // It is tried again twice a second: told once for as long as it is the same.
        return away.tell(event.error.message, () =>
          log.warn({ during: event.during.kind, err: event.error }, 'no connection to the OVSDB'),
        );
      case 'backoff':
        return log.debug({ attempt: event.attempt, retryInMs: event.delay }, 'the OVSDB will be tried again');
      case 'monitor-fallback':
        return log.info({ method: event.method }, 'this ovsdb-server is older: another monitor method is used');
      case 'synchronised':
        away.forget();
        return log.info({ method: event.method, resumed: event.resumed, rows: event.rows }, 'connected to the OVSDB');
      case 'lock': {
        const { id, state } = event.change;
        if (state === 'waiting')
          return log.warn({ lock: id }, 'another agent holds this switch: waiting for it to end');
        if (state === 'stolen') return log.error({ lock: id }, 'another agent has taken this switch from us');
        return log.debug({ lock: id, state }, 'lock on the switch');
      }
      case 'unexpected-notification':
        return log.warn({ method: event.method }, 'the OVSDB sent a notification that was not asked for');
      case 'listener-failed':
        return log.error({ err: event.error }, 'a listener for changes of the OVSDB failed');
      default:
        return assertNever(event);
    }
  };
}
