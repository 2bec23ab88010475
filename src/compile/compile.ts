import type { DesiredState } from '../tap/desired-state.ts';
import type { OneWay } from '../tap/tap.ts';
import { waysOf } from '../tap/tap.ts';
import type { AbandonedServices } from './abandoned-services.ts';
import { type MirrorLimits, mirrorBudget } from './assign-mirrors.ts';
import { captureUnits } from './capture-flows.ts';
import type { FlowUnit, FlowUnits } from './flow-unit.ts';
import type { BridgeFact, HostFacts } from './host-facts.ts';
import { OWN_TUNNEL_TABLES, ownDropUnit, ownReceiveUnit, ownSendUnit } from './own-tunnel-flows.ts';
import {
  capturePatch,
  mirrorName,
  ofportOf,
  type PatchPort,
  SERVICE_PATCH,
  TABLE_NAMES,
  TUNNEL_PATCH,
  type WantedPort,
} from './pipeline.ts';
import { type PlacedSource, placeSources } from './place-sources.ts';
import { type LocalTapFlow, type Selection, selectTaps } from './select-taps.ts';
import { dropUnit, policyUnit, serviceUnit } from './tap-flows.ts';
import { guardUnit, receiveUnit, sendUnit, tunnelUnit } from './tunnel-flows.ts';
import { compareMtus, leavingFlows } from './tunnel-mtu.ts';
import { type TunnelSettings, type Tunnels, takenTaasIds, tunnelsOf } from './tunnels.ts';
import {
  type Compiled,
  type LearntPlaces,
  nothingWanted,
  type Outcome,
  type Outcomes,
  type Reusable,
  type WantedBridge,
  type WantedMirror,
} from './wanted.ts';

/** Everything that decides what the switch should hold. */
export interface CompileInput {
  readonly desired: DesiredState;
  readonly facts: HostFacts;
  readonly limits: MirrorLimits;
  /** VLAN id -> number of the service whose flow on br-int has it now: see carrier-holders.ts. */
  readonly carrierHolders: ReadonlyMap<number, number>;
  /** Names for messages: of the bridges that the settings name. */
  readonly names: { readonly integration: string; readonly tap: string; readonly tunnel: string | null };
  /** This host, as events name it. */
  readonly host: string;
  readonly tunnel: TunnelSettings;
  /** Tunnel keys that flows of others use: see tunnel-keys.ts. */
  readonly foreignKeys: ReadonlySet<number>;
  readonly abandoned: AbandonedServices;
  /** Of an earlier compile, whatever its input was: what did not change since then is taken over, not made again. */
  readonly before?: Reusable | undefined;
}

/** One mirror of one direction with everything that belongs to it. */
interface Capture {
  readonly mirror: WantedMirror;
  readonly patch: { readonly integration: PatchPort; readonly tap: PatchPort };
  readonly units: readonly (readonly [number, FlowUnit])[];
}

function capturesOf(
  way: OneWay,
  placed: readonly PlacedSource[],
  tap: BridgeFact | undefined,
  before: FlowUnits | undefined,
): Capture[] {
  const mirrors = [...new Set(placed.flatMap(({ mirror, leaves }) => [mirror, leaves ?? mirror]))].sort(
    (a, b) => a - b,
  );
  return mirrors.map((mirror) => {
    const patch = capturePatch(way, mirror);
    const members = placed.filter((source) => source.mirror === mirror || source.leaves === mirror);
    const selected = placed.filter((source) => source.mirror === mirror).map(({ rowId }) => rowId);
    return {
      patch,
      mirror: { name: mirrorName(way, mirror), way, outputPort: patch.integration.name, ports: selected.sort() },
      units: captureUnits({ way, mirror, inPort: ofportOf(patch.tap, tap), members }, before),
    };
  });
}

/** The first pair of each direction is always there: so the first tap needs no more than a mirror, as the others do. */
function wantedPorts(captures: readonly Capture[], tunnels: Tunnels): readonly WantedPort[] {
  const first = [capturePatch('IN', 0), capturePatch('OUT', 0)];
  const pairs = [SERVICE_PATCH, ...first, ...captures.map(({ patch }) => patch)];
  const ports: WantedPort[] = pairs.flatMap(({ integration, tap }) => [integration, tap]);
  if (tunnels.kind !== 'none') ports.push(TUNNEL_PATCH.tap, TUNNEL_PATCH.tunnel);
  if (tunnels.kind === 'own') ports.push(tunnels.port);
  return [...new Map(ports.map((port) => [port.name, port])).values()];
}

const blocked = (reason: string): Compiled => ({ kind: 'blocked', reason });

/** The port whose name a row that is not ours has already. */
function takenPort(bridges: readonly (BridgeFact | undefined)[], ports: readonly WantedPort[]): WantedPort | undefined {
  const rows = bridges.flatMap((bridge) => bridge?.ports ?? []);
  return ports.find((port) => rows.some((row) => row.name === port.name && !row.owned));
}

const realised: Outcome = { kind: 'realised' };
const noMirror: Outcome = {
  kind: 'waiting',
  reason: 'no mirror is left: mirrors that are not ours use all that the bridge can have',
};

function outcomesOf(selection: Selection, isPlaced: (tapFlow: LocalTapFlow) => boolean): Outcomes {
  const tapServices = selection.tapServices.map(({ held }) => [held.tap.id, realised] as const);
  const tapFlows = selection.tapFlows.map(
    (tapFlow) => [tapFlow.held.tap.id, isPlaced(tapFlow) ? realised : noMirror] as const,
  );
  return {
    tapServices: new Map([...selection.waitingTapServices, ...tapServices]),
    tapFlows: new Map([...selection.waitingTapFlows, ...tapFlows]),
  };
}

/**
 * From the taps and the host's facts to the rows and flows that the switch should hold. Does not depend on the order in
 * which taps or rows are given.
 */
export function compile(input: CompileInput): Compiled {
  const { desired, facts, limits, carrierHolders, names, before, host, foreignKeys } = input;
  const { integration, tap, tunnel } = facts;
  if (!integration) return blocked(`bridge ${names.integration} is not on this switch`);
  if (tap && !tap.owned) {
    return blocked(
      `bridge ${names.tap} is there but not ours (no external_ids:owner=taas-agent): delete it, or set another name as bridges.tap`,
    );
  }
  const tunnels = tunnelsOf(facts, input.tunnel);
  const taken = tunnels.kind === 'own' ? takenTaasIds(facts, tunnels) : foreignKeys;
  const reach = { host, tunnels, settings: input.tunnel, foreignKeys: taken };
  const { datapathType } = integration;
  const selection = selectTaps(desired, { ...facts, integration }, carrierHolders, reach);
  const budget = mirrorBudget(limits, integration.mirrors.filter(({ owned }) => !owned).length);
  const placed = {
    IN: placeSources('IN', selection.tapFlows, integration, budget.maxIn),
    OUT: placeSources('OUT', selection.tapFlows, integration, budget.maxOut),
  };
  const captures = (['IN', 'OUT'] as const).flatMap((way) => capturesOf(way, placed[way], tap, before?.capture));
  const ports = wantedPorts(captures, tunnels);
  const takenName = takenPort([integration, tap, tunnel], ports);
  if (takenName) {
    return blocked(`port ${takenName.name} is there but not ours (no external_ids:owner=taas-agent): delete it`);
  }

  const rows = { IN: rowIdsOf(placed.IN), OUT: rowIdsOf(placed.OUT) };
  const isPlaced = ({ held, source }: LocalTapFlow) =>
    waysOf(held.tap.direction).every((way) => rows[way].has(source.rowId));
  const patch = {
    tap: ofportOf(SERVICE_PATCH.tap, tap),
    integration: ofportOf(SERVICE_PATCH.integration, integration),
  };
  const reusable = {
    capture: new Map(captures.flatMap(({ units }) => units)),
    policy: new Map(selection.tapFlows.map((tapFlow) => policyUnit(tapFlow, before?.policy))),
    service: new Map(selection.tapServices.map((service) => serviceUnit(service, patch, before?.service))),
    ...tunnelUnits(selection, tunnels, { before, colliding: collidingServices(input) }),
  };
  const wanted = {
    bridges: [
      { role: 'tap', datapathType, failMode: 'secure', tableNames: TABLE_NAMES },
      ...(tunnels.kind === 'own'
        ? [{ role: 'tunnel', datapathType, failMode: 'secure', tableNames: OWN_TUNNEL_TABLES } as const]
        : []),
    ] satisfies WantedBridge[],
    ports,
    mirrors: captures.map(({ mirror }) => mirror),
    moving: { IN: movingOf(placed.IN), OUT: movingOf(placed.OUT) },
    flows: [dropUnit, ...Object.values(reusable).flatMap((units: FlowUnits) => [...units.values()])],
    learnt: learntPlaces(selection, tunnels),
  };
  const leaving = leavingFlows(selection).filter(isPlaced);
  const warnings = compareMtus(leaving, facts, tunnels, input.tunnel.truncateTo);
  return { kind: 'wanted', wanted, outcomes: outcomesOf(selection, isPlaced), warnings, reusable };
}

/** Where br-tun is ours nothing is learnt. */
function learntPlaces({ remoteTapServices }: Selection, tunnels: Tunnels): LearntPlaces {
  if (tunnels.kind !== 'neutron') return nothingWanted.learnt;
  const taasIds = remoteTapServices.map(({ held: { number, tap } }) => [number, tap.taasId] as const);
  return { taasIds: new Map(taasIds), ports: new Set(tunnels.ports) };
}

/**
 * The taas_ids that are also numbers of networks of this host, by the numbers of their services: of all that somebody may
 * send to, wherever they are.
 */
function collidingServices({ desired, abandoned, foreignKeys }: CompileInput): ReadonlyMap<number, number> {
  const held = [...desired.tapServices.values()].map(({ number, tap }) => [number, tap.taasId] as const);
  const former = [...abandoned].map(([number, { taasId }]) => [number, taasId] as const);
  return new Map([...former, ...held].filter(([, taasId]) => foreignKeys.has(taasId)));
}

/** What br-tun and the way to it hold. */
function tunnelUnits(
  { tapServices, remoteTapServices }: Selection,
  tunnels: Tunnels,
  { before, colliding }: { readonly before: Reusable | undefined; readonly colliding: ReadonlyMap<number, number> },
): Pick<Reusable, 'tunnel' | 'send' | 'receive' | 'guard'> {
  switch (tunnels.kind) {
    case 'none':
      return { tunnel: new Map(), send: new Map(), receive: new Map(), guard: new Map() };
    case 'own':
      return {
        tunnel: new Map([[0, ownDropUnit]]),
        send: new Map(remoteTapServices.map(({ held, address }) => ownSendUnit(held, address, tunnels, before?.send))),
        receive: new Map(tapServices.map(({ held }) => ownReceiveUnit(held, tunnels, before?.receive))),
        guard: new Map(),
      };
    case 'neutron':
      return {
        tunnel: new Map([[0, tunnelUnit(tunnels, before?.tunnel.get(0))]]),
        send: new Map(remoteTapServices.map(({ held }) => sendUnit(held, tunnels, before?.send))),
        receive: new Map(tapServices.map(({ held }) => receiveUnit(held, tunnels, before?.receive))),
        guard: new Map([...colliding].map((service) => guardUnit(...service, tunnels, before?.guard))),
      };
  }
}

const rowIdsOf = (placed: readonly PlacedSource[]) => new Set(placed.map(({ rowId }) => rowId));
const movingOf = (placed: readonly PlacedSource[]) => rowIdsOf(placed.filter(({ leaves }) => leaves !== undefined));
