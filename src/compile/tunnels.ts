import type { HeldTapService } from '../tap/desired-state.ts';
import { TUNNEL_TYPES, type TunnelType } from '../tap/tunnel-type.ts';
import { type BridgeFact, FLOW, type HostFacts } from './host-facts.ts';
import { ofportOf, TUNNEL_PATCH, type TunnelPort, tunnelPort } from './pipeline.ts';
import type { Unrealised } from './wanted.ts';

/** The settings about tunnels. */
export interface TunnelSettings {
  /** `auto`: Neutron's where it has made a br-tun, else our own where we have an address. */
  readonly mode: 'auto' | 'neutron' | 'own' | 'off';
  /** Of our own tunnels. */
  readonly type: TunnelType;
  /** This host's address in the network between the hosts; null: none. */
  readonly localIp: string | null;
  /** The tunnel key of a service is its taas_id and this. */
  readonly keyOffset: number;
  /** Where tunnels reach hosts of which nobody tells it. */
  readonly peers: Readonly<Record<string, string>>;
  /** The most bytes of a frame, from its Ethernet header on, that leave for another host; null: all of them. */
  readonly truncateTo: number | null;
}

interface Joined {
  /** See TunnelSettings. */
  readonly truncateTo: number | null;
  /** OpenFlow port numbers of the ends of the pair that joins br-tap and br-tun. */
  readonly patch: { readonly tap: number; readonly tunnel: number };
}

/** Tunnels that Neutron's agent makes: one for each other host, without telling whose it is. */
export interface NeutronTunnels extends Joined {
  readonly kind: 'neutron';
  /** OpenFlow port numbers of the tunnels, ascending. */
  readonly ports: readonly number[];
  /** The kinds of tunnels that there are, in the order of TUNNEL_TYPES. */
  readonly types: readonly TunnelType[];
}

/** Our own: one port to all hosts. */
export interface OwnTunnels extends Joined {
  readonly kind: 'own';
  readonly port: TunnelPort;
  readonly ofport: number;
  readonly keyOffset: number;
}

/** `none`: why nothing can be sent to other hosts. */
export type Tunnels = NeutronTunnels | OwnTunnels | { readonly kind: 'none'; readonly reason: string };

const none = (reason: string): Tunnels => ({ kind: 'none', reason });

function joinedBy(tap: BridgeFact | undefined, tunnel: BridgeFact | undefined): Joined['patch'] {
  return { tap: ofportOf(TUNNEL_PATCH.tap, tap), tunnel: ofportOf(TUNNEL_PATCH.tunnel, tunnel) };
}

function ofNeutron({ tap, tunnel }: HostFacts, { truncateTo }: TunnelSettings): Tunnels {
  if (!tunnel) return none('there is no bridge with tunnels to other hosts');
  const found = tunnel.ports.flatMap((port) =>
    port.tunnel && port.ofport !== undefined ? [{ type: port.tunnel.type, ofport: port.ofport }] : [],
  );
  return {
    kind: 'neutron',
    truncateTo,
    ports: found.map(({ ofport }) => ofport).sort((a, b) => a - b),
    types: TUNNEL_TYPES.filter((each) => found.some(({ type }) => type === each)),
    patch: joinedBy(tap, tunnel),
  };
}

function ofOurs({ tap, tunnel, otherTunnels }: HostFacts, settings: TunnelSettings): Tunnels {
  const { type, localIp, keyOffset, truncateTo } = settings;
  // Open vSwitch hands what comes from a host to the tunnel of its kind that names that host's address, whatever the bridge.
  const other = otherTunnels.find((each) => each.type === type && each.key === FLOW);
  if (other) {
    return none(
      `${other.name} on another bridge is a ${type} tunnel, too, and would be given copies that are for ours: set another tunnel.type on all hosts`,
    );
  }
  const port = tunnelPort(type, localIp ?? undefined);
  return { kind: 'own', port, ofport: ofportOf(port, tunnel), keyOffset, truncateTo, patch: joinedBy(tap, tunnel) };
}

/** How copies can go to other hosts, with what is there and what is set. */
export function tunnelsOf(facts: HostFacts, settings: TunnelSettings): Tunnels {
  const { mode, localIp } = settings;
  const isNeutrons = facts.tunnel !== undefined && !facts.tunnel.owned;
  switch (mode) {
    case 'off':
      return none('tunnel.mode is off, or bridges.tunnel null');
    case 'neutron':
      return ofNeutron(facts, settings);
    case 'own':
      return isNeutrons
        ? none(
            `bridge ${facts.tunnel?.name} is there but not ours: set tunnel.mode to neutron, or another name as bridges.tunnel`,
          )
        : ofOurs(facts, settings);
    case 'auto':
      if (isNeutrons) return ofNeutron(facts, settings);
      return localIp === null
        ? none('there is no bridge with tunnels to other hosts, and no tunnel.local_ip is set to make our own')
        : ofOurs(facts, settings);
  }
}

/** The taas_ids whose keys, in our own tunnels, another tunnel of their kind takes. */
export function takenTaasIds({ otherTunnels }: HostFacts, { port, keyOffset }: OwnTunnels): ReadonlySet<number> {
  const keys = otherTunnels.filter(({ type }) => type === port.type).map(({ key }) => key);
  return new Set(keys.flatMap((key) => (key === FLOW ? [] : [key - keyOffset])));
}

/**
 * Where other hosts are to send copies for services of this one; null: nowhere. That our own tunnels will be there is
 * enough: they are made at once, while what is told takes its time. Neutron's are never addressed.
 */
export function tunnelAddress(facts: HostFacts, settings: TunnelSettings): string | null {
  return tunnelsOf(facts, settings).kind === 'own' ? settings.localIp : null;
}

/** Where a service's copies are to be sent to, or why that is not known. */
export function addressOf(
  { host, tunnelAddress: told }: HeldTapService,
  { peers }: TunnelSettings,
): string | Unrealised {
  if (host === null) return { kind: 'waiting', reason: 'the host of its port is not known' };
  // Hosts tell their address with their ports, so there is none on its way: it is a matter of settings.
  return (
    told ??
    peers[host] ?? {
      kind: 'refused',
      reason: `the tunnel address of host ${host} is not known: nobody told it, and tunnel.peers does not`,
    }
  );
}
