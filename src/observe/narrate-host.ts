import type { HostEvent } from '../host/host-event.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { Log } from './log.ts';
import { milliseconds } from './milliseconds.ts';

/** Tells the log what goes wrong between the daemon and systemd, and when memory was given back. */
export function narrateHost(log: Log): (event: HostEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'notify-failed':
        return log.warn({ state: event.state, err: event.error }, 'systemd could not be told');
      case 'watchdog-withheld':
        return log.error('the loop makes no progress: systemd is not told that we are alive');
      case 'collected':
        return log.debug({ bytes: event.bytes, ms: milliseconds(event.milliseconds) }, 'memory given back');
      default:
        return assertNever(event);
    }
  };
}
