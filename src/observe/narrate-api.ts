import type { ApiTrace } from '../rest-api/trace.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { Log } from './log.ts';

/** Tells the log what callers of the API ask for: what changes something, or fails, at `info`, the rest at `debug`. */
export function narrateApi(log: Log): (event: ApiTrace) => void {
  return (event) => {
    switch (event.kind) {
      case 'request_answered': {
        const { requestId, method, route, status, projectId } = event;
        const ms = Math.round(event.milliseconds * 10) / 10;
        const quiet = method === 'GET' && status < 400;
        return log[quiet ? 'debug' : 'info']({ requestId, method, route, status, projectId, ms }, 'request answered');
      }
      case 'request_failed':
        return log.error({ requestId: event.requestId, err: event.error }, 'a request could not be served');
      case 'token_refused':
        return log.warn({ requestId: event.requestId, address: event.address, reason: event.reason }, 'token refused');
      case 'connection_refused':
        return log.info({ requestId: event.requestId, reason: event.reason }, 'a connection was refused');
      default:
        return assertNever(event);
    }
  };
}
