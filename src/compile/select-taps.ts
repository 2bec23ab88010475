import type { DesiredState, HeldTapFlow, HeldTapService } from '../tap/desired-state.ts';
import type { BridgeFact, HostFacts, PortFact } from './host-facts.ts';
import type { Outcome } from './wanted.ts';

/** A tap service whose port is on this host and can be sent to. */
export interface LocalTapService {
  readonly held: HeldTapService;
  readonly ofport: number;
}

/** A tap flow whose source is on this host, and whose service is, too. */
export interface LocalTapFlow {
  readonly held: HeldTapFlow;
  readonly tapService: LocalTapService;
  readonly source: PortFact;
}

/** Taps ascend by number: the order in which they came. */
export interface Selection {
  readonly tapServices: readonly LocalTapService[];
  readonly tapFlows: readonly LocalTapFlow[];
  readonly waitingTapServices: ReadonlyMap<string, Outcome>;
  readonly waitingTapFlows: ReadonlyMap<string, Outcome>;
}

type Plugged = ReadonlyMap<string, PortFact>;
const waiting = (reason: string): Outcome => ({ kind: 'waiting', reason });

/** Ports of VMs by Neutron's UUID. Should two rows claim one UUID, the one that works counts, then the first by name. */
function pluggedPorts(bridge: BridgeFact): Plugged {
  const worth = (port: PortFact) => (port.ofport === undefined ? 0 : 2) + (port.vlans.kind === 'dead' ? 0 : 1);
  const leastFirst = bridge.ports
    .filter((port) => !port.owned)
    .sort((a, b) => worth(a) - worth(b) || (a.name < b.name ? 1 : -1));
  return new Map(leastFirst.flatMap((port) => (port.portId === undefined ? [] : [[port.portId, port] as const])));
}

/** The port, or why it cannot be used now. */
function usable(plugged: Plugged, portId: string): (PortFact & { readonly ofport: number }) | string {
  const port = plugged.get(portId);
  if (!port) return `port ${portId} is not plugged on this host`;
  const { ofport } = port;
  if (ofport === undefined)
    return `port ${portId} (${port.name}) has no OpenFlow port number: the switch cannot open it`;
  if (port.vlans.kind === 'dead') return `port ${portId} (${port.name}) has not been given its VLAN yet`;
  return { ...port, ofport };
}

/** On a dot1q-tunnel port the VM's tag is the second one: the switch must be told to look that far. */
function filterTrouble(tapFlow: HeldTapFlow, source: PortFact, vlanLimit: number): string | undefined {
  if (tapFlow.tap.vlanFilter === null || source.vlans.kind !== 'tunnel' || vlanLimit === 0 || vlanLimit >= 2) {
    return undefined;
  }
  return (
    `vlan_filter on the dot1q-tunnel port ${source.name} needs a switch that reads two VLAN headers: ` +
    'set Open_vSwitch other_config:vlan-limit to 0 or 2'
  );
}

/**
 * Which taps can be had on this host as it is now. `serviceNumbers` tells whose flows hold a taas_id on the switch: a
 * number goes to another service only when the flows of the former are gone, or, for a moment, one tenant's frames
 * would reach another's sensor.
 */
export function selectTaps(
  desired: DesiredState,
  facts: HostFacts & { readonly integration: BridgeFact },
  serviceNumbers: ReadonlyMap<number, number>,
): Selection {
  const plugged = pluggedPorts(facts.integration);
  const tapServices = new Map<string, LocalTapService>();
  const waitingTapServices = new Map<string, Outcome>();
  for (const [id, held] of desired.tapServices) {
    const port = usable(plugged, held.tap.portId);
    const holder = serviceNumbers.get(held.tap.taasId) ?? held.number;
    if (typeof port === 'string') waitingTapServices.set(id, waiting(port));
    else if (holder !== held.number) waitingTapServices.set(id, waiting(`taas_id ${held.tap.taasId} is being cleared`));
    else tapServices.set(id, { held, ofport: port.ofport });
  }

  const tapFlows: LocalTapFlow[] = [];
  const waitingTapFlows = new Map<string, Outcome>();
  for (const [id, held] of desired.tapFlows) {
    const { tapServiceId, sourcePortId } = held.tap;
    const tapService = tapServices.get(tapServiceId);
    const source = usable(plugged, sourcePortId);
    const trouble = typeof source === 'string' ? source : filterTrouble(held, source, facts.vlanLimit);
    if (typeof source === 'string' || trouble !== undefined) waitingTapFlows.set(id, waiting(String(trouble)));
    else if (!tapService) waitingTapFlows.set(id, waitingForService(tapServiceId, waitingTapServices));
    else tapFlows.push({ held, tapService, source });
  }
  const byNumber = (a: LocalTapService | LocalTapFlow, b: LocalTapService | LocalTapFlow) =>
    a.held.number - b.held.number;
  tapFlows.sort(byNumber);
  return { tapServices: [...tapServices.values()].sort(byNumber), tapFlows, waitingTapServices, waitingTapFlows };
}

function waitingForService(id: string, waitingTapServices: ReadonlyMap<string, Outcome>): Outcome {
  const outcome = waitingTapServices.get(id);
  const reason = outcome?.kind === 'waiting' ? outcome.reason : 'it has not been created';
  return waiting(`tap service ${id} is not there: ${reason}`);
}
