import type { ControlPlaneTrace } from '../control-plane/control-plane-trace.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { Log } from './log.ts';
import { Once } from './narrator.ts';

/** Tells the log what the control plane does with what agents report, and with what it has to tell them. */
export function narrateControlPlane(log: Log): (event: ControlPlaneTrace) => void {
  const unusable = new Map<string, Once>();
  return (event) => {
    switch (event.kind) {
      case 'status-reported': {
        const { of, id, status, host } = event.report;
        const fields = { [of === 'tap_service' ? 'tapService' : 'tapFlow']: id, status, reportedBy: host };
        if (event.after === 'keep') return log.debug(fields, 'status report changes nothing');
        return log[status === 'ERROR' ? 'warn' : 'info'](fields, 'status reported');
      }
      case 'sync-requested':
        return log.info({ agent: event.host }, 'an agent has connected and gets all taps');
      case 'ports-reported': {
        const { host, ports } = event;
        log.debug({ agent: host, ports }, 'ports reported');
        const names = event.unusable.join(', ');
        const once = unusable.get(host) ?? new Once();
        unusable.set(host, once);
        return once.tell(names, () => {
          if (names) log.warn({ agent: host, interfaces: names }, 'ports cannot be tapped: their iface-id is no UUID');
        });
      }
      case 'casts-sent':
        return log.debug({ casts: event.casts }, 'casts sent');
      case 'casts-failed':
        return log.warn(
          { err: event.error, retryInMs: event.retryMilliseconds },
          'casts could not be sent; they are kept and sent again',
        );
      default:
        return assertNever(event);
    }
  };
}
