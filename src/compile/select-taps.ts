import type { DesiredState, HeldTapFlow, HeldTapService } from '../tap/desired-state.ts';
import { assignCarriers } from './assign-carriers.ts';
import type { BridgeFact, HostFacts, PortFact } from './host-facts.ts';
import { addressOf, type TunnelSettings, type Tunnels } from './tunnels.ts';
import type { Unrealised } from './wanted.ts';

/** A tap service whose port is on this host and can be sent to. */
export interface LocalTapService {
  readonly held: HeldTapService;
  readonly ofport: number;
  /** The VLAN id that carries its copies to br-int: see assign-carriers.ts. */
  readonly carrier: number;
}

/** A tap service on another host that is sent to from here. */
export interface RemoteTapService {
  readonly held: HeldTapService;
  /** Where tunnels reach that host; empty where its place is learnt. */
  readonly address: string;
}

/** A tap flow whose source is on this host, with its service, which is here or elsewhere. */
export interface LocalTapFlow {
  readonly held: HeldTapFlow;
  readonly tapService: HeldTapService;
  readonly source: PortFact;
}

/** Taps ascend by number: the order in which they came. */
export interface Selection {
  readonly tapServices: readonly LocalTapService[];
  readonly remoteTapServices: readonly RemoteTapService[];
  readonly tapFlows: readonly LocalTapFlow[];
  readonly waitingTapServices: ReadonlyMap<string, Unrealised>;
  readonly waitingTapFlows: ReadonlyMap<string, Unrealised>;
}

type Plugged = ReadonlyMap<string, PortFact>;
const waiting = (reason: string): Unrealised => ({ kind: 'waiting', reason });

/** A number that stands for a network of this host, too: their frames would be mixed. */
const collision = ({ tap }: HeldTapService): Unrealised => ({
  kind: 'refused',
  reason: `tunnel key ${tap.taasId}, its taas_id, is that of another network on this host: give it another`,
});

/** Whether the port works. */
const worth = (port: PortFact) => (port.ofport === undefined ? 0 : 2) + (port.vlans.kind === 'dead' ? 0 : 1);

function isBetter(port: PortFact, known: PortFact): boolean {
  return worth(port) > worth(known) || (worth(port) === worth(known) && port.name < known.name);
}

/** Ports of VMs by Neutron's UUID. Should two rows claim one UUID, the one that works counts, then the first by name. */
function pluggedPorts(bridge: BridgeFact): Plugged {
  const plugged = new Map<string, PortFact>();
  for (const port of bridge.ports) {
    if (port.owned || port.portId === undefined) continue;
    const known = plugged.get(port.portId);
    if (!known || isBetter(port, known)) plugged.set(port.portId, port);
  }
  return plugged;
}

type UsablePort = PortFact & { readonly ofport: number };

const hasNumber = (port: PortFact): port is UsablePort => port.ofport !== undefined;

/** The port, or why it cannot be used now. */
function usable(plugged: Plugged, portId: string): UsablePort | string {
  const port = plugged.get(portId);
  if (!port) return `port ${portId} is not plugged on this host`;
  if (!hasNumber(port)) return `port ${portId} (${port.name}) has no OpenFlow port number: the switch cannot open it`;
  if (port.vlans.kind === 'dead') return `port ${portId} (${port.name}) has not been given its VLAN yet`;
  return port;
}

/** Why a port's frames cannot be copied as the tap flow wants them, if they cannot. */
function sourceTrouble(tapFlow: HeldTapFlow, source: PortFact, vlanLimit: number): string | undefined {
  // Open vSwitch (seen on 3.1) looks at mirrors where a frame comes in and goes out for good, not at patch ports between.
  if (source.patch) return `port ${source.name} is a patch port (a Neutron trunk, say), whose frames no mirror copies`;
  // There the VM's tag is the second one: the switch must be told to look that far.
  const filtersInner = tapFlow.tap.vlanFilter !== null && source.vlans.kind === 'tunnel';
  if (!filtersInner || vlanLimit === 0 || vlanLimit >= 2) return undefined;
  return (
    `vlan_filter on the dot1q-tunnel port ${source.name} needs a switch that reads two VLAN headers: ` +
    'set Open_vSwitch other_config:vlan-limit to 0 or 2'
  );
}

/** The source port, or why it cannot be tapped now. */
function usableSource(plugged: Plugged, held: HeldTapFlow, vlanLimit: number): PortFact | string {
  const port = usable(plugged, held.tap.sourcePortId);
  return typeof port === 'string' ? port : (sourceTrouble(held, port, vlanLimit) ?? port);
}

/** VLANs that networks have on this host: those of every port that is not ours. */
function localVlans(bridge: BridgeFact): ReadonlySet<number> {
  const vids = bridge.ports.flatMap(({ owned, vlans }) => {
    if (owned || vlans.kind === 'dead') return [];
    return [vlans.kind === 'trunk' ? vlans.native : vlans.vid];
  });
  return new Set(vids);
}

const byNumber = (a: { held: { number: number } }, b: { held: { number: number } }) => a.held.number - b.held.number;

type Services = Pick<Selection, 'tapServices' | 'waitingTapServices'>;

/** What can be reached through tunnels. */
export interface Reach {
  /** This host, as events name it. */
  readonly host: string;
  readonly tunnels: Tunnels;
  readonly settings: TunnelSettings;
  /** The taas_ids whose tunnel keys others use on this switch. */
  readonly foreignKeys: ReadonlySet<number>;
}

function selectTapServices(
  desired: DesiredState,
  bridge: BridgeFact,
  plugged: Plugged,
  carrierHolders: ReadonlyMap<number, number>,
  { foreignKeys }: Reach,
): Services {
  const waitingTapServices = new Map<string, Unrealised>();
  const reachable: { held: HeldTapService; ofport: number }[] = [];
  for (const [id, held] of desired.tapServices) {
    const port = usable(plugged, held.tap.portId);
    if (typeof port === 'string') waitingTapServices.set(id, waiting(port));
    else if (foreignKeys.has(held.tap.taasId)) waitingTapServices.set(id, collision(held));
    else reachable.push({ held, ofport: port.ofport });
  }
  reachable.sort(byNumber);
  const candidates = reachable.map(({ held }) => ({ number: held.number, taasId: held.tap.taasId }));
  const carriers = assignCarriers(candidates, localVlans(bridge), carrierHolders);
  const tapServices = reachable.flatMap(({ held, ofport }) => {
    const carrier = carriers.get(held.number);
    if (carrier !== undefined) return [{ held, ofport, carrier }];
    waitingTapServices.set(held.tap.id, waiting('no VLAN id is left on this host to carry its copies'));
    return [];
  });
  return { tapServices, waitingTapServices };
}

/**
 * Whether a service whose port is not plugged here may be elsewhere. Under Neutron no message tells where a port is now: one
 * whose service was ACTIVE may have moved. A new one of this host waits for its port.
 */
const mayBeElsewhere = (held: HeldTapService, { host }: Reach) => held.host !== host || held.confirmed;

/** The services on other hosts that can be sent to, by id, and why each other one cannot. */
function elsewhere(
  desired: DesiredState,
  plugged: Plugged,
  { waitingTapServices }: Services,
  reach: Reach,
): ReadonlyMap<string, RemoteTapService | Unrealised> {
  const found = [...waitingTapServices].flatMap(([id, why]): [string, RemoteTapService | Unrealised][] => {
    const held = desired.tapServices.get(id);
    if (!held) return [];
    const isAway = !plugged.has(held.tap.portId) && mayBeElsewhere(held, reach);
    return [[id, isAway ? reached(held, why, reach) : why]];
  });
  return new Map(found);
}

/** The way to a service on another host, or why there is none. */
function reached(
  held: HeldTapService,
  { reason }: Unrealised,
  { host, tunnels, settings, foreignKeys }: Reach,
): RemoteTapService | Unrealised {
  switch (tunnels.kind) {
    case 'none':
      return waiting(`${reason}, and ${tunnels.reason}`);
    case 'neutron':
      if (foreignKeys.has(held.tap.taasId)) return collision(held);
      if (tunnels.ports.length === 0) return waiting(`${reason}, and there is no tunnel to another host yet`);
      return { held, address: '' };
    case 'own': {
      // Nobody has told that it is elsewhere.
      if (held.host === host) return waiting(reason);
      const address = addressOf(held, settings);
      return typeof address === 'string'
        ? { held, address }
        : { ...address, reason: `${reason}, and ${address.reason}` };
    }
  }
}

/** Which taps can be had on this host as it is now. */
export function selectTaps(
  desired: DesiredState,
  facts: HostFacts & { readonly integration: BridgeFact },
  carrierHolders: ReadonlyMap<number, number>,
  reach: Reach,
): Selection {
  const plugged = pluggedPorts(facts.integration);
  const services = selectTapServices(desired, facts.integration, plugged, carrierHolders, reach);
  const here = new Map(services.tapServices.map((tapService) => [tapService.held.tap.id, tapService]));
  const away = elsewhere(desired, plugged, services, reach);
  const remote = new Set<RemoteTapService>();
  const tapFlows: LocalTapFlow[] = [];
  const waitingTapFlows = new Map<string, Unrealised>();
  for (const [id, held] of desired.tapFlows) {
    const { tapServiceId } = held.tap;
    const tapService = here.get(tapServiceId) ?? away.get(tapServiceId) ?? waiting('it has not been created');
    const source = usableSource(plugged, held, facts.vlanLimit);
    if (typeof source === 'string') waitingTapFlows.set(id, waiting(source));
    else if ('reason' in tapService) {
      const reason = `tap service ${tapServiceId} is not there: ${tapService.reason}`;
      waitingTapFlows.set(id, { ...tapService, reason });
    } else {
      tapFlows.push({ held, tapService: tapService.held, source });
      if ('address' in tapService) remote.add(tapService);
    }
  }
  const remoteTapServices = [...remote].sort(byNumber);
  return { ...services, remoteTapServices, tapFlows: tapFlows.sort(byNumber), waitingTapFlows };
}
