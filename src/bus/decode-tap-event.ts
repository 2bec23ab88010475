import type { z } from 'zod';
import type { TapEvent } from '../tap/event.ts';
import { explainIssue, showValue } from './explain-issue.ts';
import type { OsloMessage } from './oslo-envelope.ts';
import { tapMessage } from './tap-message.ts';

/** What agents are told: events of taps, and taas-server's wish to hear which ports there are. */
export type AgentEvent = TapEvent | { readonly kind: 'request_ports' };

export type TapEventDecoded =
  | { readonly kind: 'event'; readonly event: AgentEvent }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly reason: string };

type Args = OsloMessage['args'];

/** Runs a schema over the arguments; the first fault becomes the reason. */
function read<T>(schema: z.ZodType<T>, args: Args, use: (value: T) => TapEventDecoded): TapEventDecoded {
  const result = schema.safeParse(args);
  return result.success ? use(result.data) : { kind: 'rejected', reason: explainIssue(args, result.error.issues[0]) };
}

/** SR-IOV and other ports that bypass the switch are another agent's. */
function unlessForeign(vnicType: string, event: TapEvent): TapEventDecoded {
  if (vnicType === 'normal') return { kind: 'event', event };
  return { kind: 'ignored', reason: `port.binding:vnic_type: ${showValue(vnicType)} ports are not on Open vSwitch` };
}

function createTapService(args: Args): TapEventDecoded {
  const use = (
    host: string | null,
    message: z.infer<typeof tapMessage.createTapService.newer>['tap_service_msg'],
  ): TapEventDecoded => {
    const { id, port_id: portId, status: recast } = message.tap_service;
    const tapService = { id, taasId: message.taas_id, portId };
    const { vnicType, tunnelAddress } = message.port;
    return unlessForeign(vnicType, { kind: 'create_tap_service', host, tunnelAddress, recast, tapService });
  };
  return 'tap_service' in args && !('tap_service_msg' in args)
    ? read(tapMessage.createTapService.older, args, ({ host, tap_service }) => use(host, tap_service))
    : read(tapMessage.createTapService.newer, args, ({ host, tap_service_msg }) => use(host, tap_service_msg));
}

function deleteTapService(args: Args): TapEventDecoded {
  const use = (
    host: string | null,
    message: z.infer<typeof tapMessage.deleteTapService.newer>['tap_service_msg'],
  ): TapEventDecoded => unlessForeign(message.port, { kind: 'delete_tap_service', host, id: message.tap_service.id });
  return 'tap_service' in args && !('tap_service_msg' in args)
    ? read(tapMessage.deleteTapService.older, args, ({ host, tap_service }) => use(host, tap_service))
    : read(tapMessage.deleteTapService.newer, args, ({ host, tap_service_msg }) => use(host, tap_service_msg));
}

function createTapFlow(args: Args): TapEventDecoded {
  return read(tapMessage.createTapFlow, args, ({ host, tap_flow_msg: message }) => {
    const flow = message.tap_flow;
    const tapFlow = {
      id: flow.id,
      tapServiceId: flow.tap_service_id,
      sourcePortId: flow.source_port,
      sourceMac: message.port_mac,
      direction: flow.direction,
      vlanFilter: flow.vlan_filter,
    };
    return unlessForeign(message.port, { kind: 'create_tap_flow', host, recast: flow.status, tapFlow });
  });
}

function deleteTapFlow(args: Args): TapEventDecoded {
  return read(tapMessage.deleteTapFlow, args, ({ host, tap_flow_msg: message }) =>
    unlessForeign(message.port, { kind: 'delete_tap_flow', host, id: message.tap_flow.id }),
  );
}

function tapsSnapshot(args: Args): TapEventDecoded {
  return read(tapMessage.tapsSnapshot, args, ({ tap_services: tapServices, tap_flows: tapFlows }) => ({
    kind: 'event',
    event: { kind: 'taps_snapshot', tapServices, tapFlows },
  }));
}

/** Decodes one RPC message to agents into the event that it carries. Never throws. */
export function decodeTapEvent({ method, args }: Pick<OsloMessage, 'method' | 'args'>): TapEventDecoded {
  switch (method) {
    case 'create_tap_service':
      return createTapService(args);
    case 'delete_tap_service':
      return deleteTapService(args);
    case 'create_tap_flow':
      return createTapFlow(args);
    case 'delete_tap_flow':
      return deleteTapFlow(args);
    case 'taps_snapshot':
      return tapsSnapshot(args);
    case 'request_ports':
      return { kind: 'event', event: { kind: 'request_ports' } };
    case 'create_tap_mirror':
    case 'delete_tap_mirror':
      return { kind: 'ignored', reason: `${method}: tap mirrors are not served by this agent` };
    default:
      return {
        kind: 'rejected',
        reason: `method: expected a tap service or tap flow method, got ${showValue(method)}`,
      };
  }
}
