import type { z } from 'zod';
import type { AgentReport } from '../contract/agent-report.ts';
import type { Decoded } from './decode-body.ts';
import { explainIssue, showValue } from './explain-issue.ts';
import type { OsloMessage } from './oslo-envelope.ts';
import { reportMessage } from './report-message.ts';
import { tidyInventory } from './tidy-inventory.ts';

type Args = OsloMessage['args'];
type ReportDecoded = Decoded<AgentReport>;

/** Runs a schema over the arguments; the first fault becomes the reason. */
function read<T>(schema: z.ZodType<T>, args: Args, use: (value: T) => ReportDecoded): ReportDecoded {
  const result = schema.safeParse(args);
  return result.success ? use(result.data) : { kind: 'rejected', reason: explainIssue(args, result.error.issues[0]) };
}

function status(of: 'tap_service' | 'tap_flow', args: Args): ReportDecoded {
  return read(reportMessage.status, args, ({ msg, status, host }) => ({
    kind: 'event',
    event: { kind: 'status', of, id: msg.id, status, host },
  }));
}

/** `host` beside it says the same: Neutron's plugin goes by host_id (`taas_rpc.py`, sync_tap_resources). */
function sync(args: Args): ReportDecoded {
  return read(reportMessage.sync, args, ({ sync_tap_res: { host_id: host } }) => ({
    kind: 'event',
    event: { kind: 'sync', host },
  }));
}

function ports(args: Args): ReportDecoded {
  return read(reportMessage.ports, args, (given) => {
    const { inventory, remark } = tidyInventory(given);
    return { kind: 'event', event: { kind: 'ports', ...inventory }, ...(remark === undefined ? {} : { remark }) };
  });
}

/** Decodes one RPC message to the control plane into the report that it carries. Never throws. */
export function decodeAgentReport({ method, args }: Pick<OsloMessage, 'method' | 'args'>): ReportDecoded {
  switch (method) {
    case 'set_tap_service_status':
      return status('tap_service', args);
    case 'set_tap_flow_status':
      return status('tap_flow', args);
    case 'sync_tap_resources':
      return sync(args);
    case 'report_ports':
      return ports(args);
    default:
      return { kind: 'rejected', reason: `method: expected a report of an agent, got ${showValue(method)}` };
  }
}
