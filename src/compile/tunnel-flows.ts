import type { Action, Flow, Match, PacketOut } from '../openflow/flow.ts';
import { formatActions } from '../openflow/flow-syntax.ts';
import type { HeldTapService } from '../tap/desired-state.ts';
import type { TunnelType } from '../tap/tunnel-type.ts';
import { announcingFrame } from './announcing-frame.ts';
import { cookieOf } from './cookie.ts';
import { type FlowUnit, type FlowUnits, flowUnit } from './flow-unit.ts';
import { matchVlan, TAG_BYTES } from './pipeline.ts';
import { NOWHERE, PLACES, VID } from './places.ts';
import { arriveFlow, intoTunnel, leaveFlow } from './tunnel-ends.ts';
import type { NeutronTunnels } from './tunnels.ts';

/**
 * Copies between hosts, in the wire format of the Python agents, so that hosts can be moved from one to the other one by
 * one: the tunnel key is the taas_id, and the frame has one more 802.1Q tag, whose id says what it is (places.ts). Neutron's
 * tables of br-tun for what comes out of a tunnel are 3 (GRE), 4 (VXLAN) and 6 (Geneve); the Python agents' begin with 30.
 */
const FROM_TUNNEL: Readonly<Record<TunnelType, number>> = { gre: 3, vxlan: 4, geneve: 6 };
/**
 * `unicast` sets the tunnel key, has `places` say where the service is (VLAN id and reg6), and `leave` send it there; what has
 * no place goes to `flood`, which has one flow with all tunnels, however many services there are.
 */
export const TUNNEL_TABLES = { entry: 0, unicast: 30, leave: 31, flood: 32, places: PLACES.table } as const;

/** Above Neutron's own flows and the Python agent's, which have 0 to 2. */
const PRIORITY = { usual: 10, placed: 20 } as const;

const onTunnel = (
  stage: 'send' | 'receive',
  value: number,
  flow: Pick<Flow, 'table' | 'match' | 'actions'> & { readonly priority?: number },
): Flow => ({
  bridge: 'tunnel',
  priority: PRIORITY.usual,
  cookie: cookieOf(stage, value),
  ...flow,
});

function sharedFlows({ ports, patch, truncateTo }: NeutronTunnels): Flow[] {
  // On the wire there is one more tag.
  const maxLength = truncateTo === null ? null : truncateTo + TAG_BYTES;
  const into = ports.map((port) => intoTunnel(port, maxLength));
  const { entry, unicast, leave, flood } = TUNNEL_TABLES;
  const toAll: Action[] = [
    { kind: 'set_vlan', vid: VID.flooded },
    { kind: 'resubmit', table: flood },
  ];
  return [
    onTunnel('send', 0, {
      table: entry,
      match: { inPort: patch.tunnel },
      actions: [{ kind: 'resubmit', table: unicast }],
    }),
    onTunnel('send', 0, { table: leave, match: { vlan: { kind: 'tagged', vid: 0, mask: 0 } }, actions: toAll }),
    ...ports.map((reg6, index) =>
      onTunnel('send', 0, {
        table: leave,
        priority: PRIORITY.placed,
        match: { reg6 },
        actions: into.slice(index, index + 1),
      }),
    ),
    onTunnel('send', 0, { table: leave, priority: PRIORITY.placed, match: { reg6: NOWHERE }, actions: [] }),
    onTunnel('send', 0, { table: flood, match: {}, actions: into }),
  ];
}

/** What all services share: the way from br-tap, into one tunnel, and into all. */
export function tunnelUnit(tunnels: NeutronTunnels, before: FlowUnit | undefined): FlowUnit {
  const { patch, ports, truncateTo } = tunnels;
  return flowUnit(before, [patch.tunnel, truncateTo, ...ports], () => sharedFlows(tunnels));
}

const cameOut = (type: TunnelType, taasId: number, vid: number): { readonly table: number; readonly match: Match } => ({
  table: FROM_TUNNEL[type],
  match: { tunnelKey: taasId, vlan: { kind: 'tagged', vid, mask: 0xfff } },
});

function sendFlows({ tap: { taasId }, number }: HeldTapService, { types, patch }: NeutronTunnels): Flow[] {
  const toItsPlace: Action[] = [
    { kind: 'set_tunnel_key', key: taasId },
    { kind: 'resubmit', table: TUNNEL_TABLES.places },
    { kind: 'resubmit', table: TUNNEL_TABLES.leave },
  ];
  // The switch learns from a frame at once only if it has not cached what becomes of such frames; from others up to a second
  // later, and in any order. So each announcement has another sender, and the switch is made to see that.
  const learn: Action[] = [
    { kind: 'look_at_sender' },
    { kind: 'set_vlan', vid: taasId },
    { kind: 'learn_place', ...PLACES, cookie: cookieOf('learnt', number), vid: VID.unicast },
  ];
  return [
    leaveFlow(number, taasId, patch.tap),
    onTunnel('send', number, { table: TUNNEL_TABLES.unicast, match: matchVlan(taasId), actions: toItsPlace }),
    ...types.map((type) => onTunnel('receive', number, { ...cameOut(type, taasId, VID.answer), actions: learn })),
  ];
}

/** Copies for a service on another host: flooded until it has answered, then sent there alone. */
export function sendUnit(
  service: HeldTapService,
  tunnels: NeutronTunnels,
  before: FlowUnits | undefined,
): readonly [number, FlowUnit] {
  const { number, tap } = service;
  const from = [tap.taasId, tunnels.patch.tap, ...tunnels.types];
  return [number, flowUnit(before?.get(number), from, () => sendFlows(service, tunnels))];
}

/** Keeps what is sent to a service, here or on any host, out of a network of this host that has the same number. */
export function guardUnit(
  number: number,
  taasId: number,
  { types }: NeutronTunnels,
  before: FlowUnits | undefined,
): readonly [number, FlowUnit] {
  const make = () =>
    types.flatMap((type) =>
      Object.values(VID).map((vid) => onTunnel('receive', number, { ...cameOut(type, taasId, vid), actions: [] })),
    );
  return [number, flowUnit(before?.get(number), [taasId, ...types], make)];
}

function receiveFlows({ tap: { taasId }, number }: HeldTapService, { types, patch }: NeutronTunnels): Flow[] {
  const deliver: Action[] = [
    { kind: 'set_vlan', vid: taasId },
    { kind: 'output', port: patch.tunnel },
  ];
  const answer: Action[] = [
    { kind: 'set_tunnel_key', key: taasId },
    { kind: 'set_vlan', vid: VID.answer },
    { kind: 'output_in_port' },
  ];
  return [
    ...types.flatMap((type) => [
      onTunnel('receive', number, { ...cameOut(type, taasId, VID.unicast), actions: deliver }),
      onTunnel('receive', number, { ...cameOut(type, taasId, VID.flooded), actions: [...deliver, ...answer] }),
    ]),
    arriveFlow(number, taasId, patch.tap),
  ];
}

/** Copies from other hosts for a service on this one: delivered, and answered when they were flooded. */
export function receiveUnit(
  service: HeldTapService,
  tunnels: NeutronTunnels,
  before: FlowUnits | undefined,
): readonly [number, FlowUnit] {
  const { number, tap } = service;
  const from = [tap.taasId, tunnels.patch.tap, tunnels.patch.tunnel, ...tunnels.types];
  return [number, flowUnit(before?.get(number), from, () => receiveFlows(service, tunnels))];
}

/**
 * Tells all hosts, unasked, that the service of this taas_id is here: as its answer would. No two within some seconds
 * have the same 24 bits as `serial`.
 */
export function announcement(taasId: number, serial: number): PacketOut {
  const key: Action = { kind: 'set_tunnel_key', key: taasId };
  return {
    actions: formatActions([key, { kind: 'resubmit', table: TUNNEL_TABLES.flood }]),
    frame: announcingFrame(VID.answer, serial),
  };
}
