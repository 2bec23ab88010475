import type { Flow } from '../openflow/flow.ts';
import type { HeldTapService } from '../tap/desired-state.ts';
import { cookieOf } from './cookie.ts';
import { type FlowUnit, type FlowUnits, flowUnit } from './flow-unit.ts';
import { DROP_PRIORITY, matchVlan } from './pipeline.ts';
import { arriveFlow, intoTunnel, leaveFlow } from './tunnel-ends.ts';
import type { OwnTunnels } from './tunnels.ts';

/** The tables of our own br-tun. */
export const OWN_TUNNEL_TABLES: ReadonlyMap<number, string> = new Map([[0, 'tunnels']]);

const PRIORITY = 100;

const onTunnel = (stage: 'send' | 'receive', number: number, flow: Pick<Flow, 'match' | 'actions'>): Flow => ({
  bridge: 'tunnel',
  table: 0,
  priority: PRIORITY,
  cookie: cookieOf(stage, number),
  ...flow,
});

const dropFlow: Flow = {
  bridge: 'tunnel',
  table: 0,
  priority: DROP_PRIORITY,
  cookie: cookieOf('drop', 0),
  match: {},
  actions: [],
};

/** Counts what nothing else matches, which is dropped anyway. */
export const ownDropUnit: FlowUnit = flowUnit(undefined, [], () => [dropFlow]);

/** Copies for a service on another host, whose address is known: from the first one on they go there, and nowhere else. */
export function ownSendUnit(
  { number, tap: { taasId } }: HeldTapService,
  address: string,
  { patch, ofport, keyOffset, truncateTo }: OwnTunnels,
  before: FlowUnits | undefined,
): readonly [number, FlowUnit] {
  const make = (): Flow[] => [
    leaveFlow(number, taasId, patch.tap),
    onTunnel('send', number, {
      match: { inPort: patch.tunnel, ...matchVlan(taasId) },
      actions: [
        { kind: 'pop_vlan' },
        { kind: 'set_tunnel_key', key: taasId + keyOffset },
        { kind: 'set_tunnel_destination', address },
        intoTunnel(ofport, truncateTo),
      ],
    }),
  ];
  const from = [taasId, address, ofport, keyOffset, truncateTo, patch.tap, patch.tunnel];
  return [number, flowUnit(before?.get(number), from, make)];
}

/** Copies from other hosts for a service on this one. */
export function ownReceiveUnit(
  { number, tap: { taasId } }: HeldTapService,
  { patch, ofport, keyOffset }: OwnTunnels,
  before: FlowUnits | undefined,
): readonly [number, FlowUnit] {
  const make = (): Flow[] => [
    onTunnel('receive', number, {
      match: { tunnelKey: taasId + keyOffset, inPort: ofport },
      actions: [
        { kind: 'push_vlan', vid: taasId },
        { kind: 'output', port: patch.tunnel },
      ],
    }),
    arriveFlow(number, taasId, patch.tap),
  ];
  const from = [taasId, ofport, keyOffset, patch.tap, patch.tunnel];
  return [number, flowUnit(before?.get(number), from, make)];
}
