import type { OpenflowTrace } from '../openflow/trace-event.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { Narrator } from './narrator.ts';

/** Tells the log and the counters how it stands with the flows of the bridges. */
export function narrateOpenflow({ log, counters }: Narrator): (event: OpenflowTrace) => void {
  return (event) => {
    const { bridge } = event;
    switch (event.kind) {
      case 'connected':
        return log.info({ bridge, datapathId: event.datapathId }, 'connected to the bridge');
      case 'unwatched':
        return log.warn(
          { bridge, reason: event.reason },
          'the switch does not tell of changes of flows: they are read every second',
        );
      case 'lost':
        counters.increment('taas_agent_connections_lost_total', { peer: 'openflow' });
        return log.warn({ bridge, err: event.error }, 'lost the connection to the bridge');
      case 'away':
        return log.debug({ bridge, reason: event.error.message }, 'no connection to the bridge; it is tried again');
      case 'overrun':
        return log.warn({ bridge }, 'too many flows change at once for the switch to tell; they are read again');
      case 'drifted':
        counters.increment('taas_agent_flows_drifted_total', { bridge }, event.flows);
        return log.warn({ bridge, flows: event.flows }, 'flows were not as was known of them');
      case 'listener-failed':
        return log.error({ bridge, err: event.error }, 'a listener for changes of flows failed');
      default:
        return assertNever(event);
    }
  };
}
