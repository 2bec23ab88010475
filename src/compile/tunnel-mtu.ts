import type { TunnelType } from '../tap/tunnel-type.ts';
import { FLOW, type HostFacts, type PortFact, type TunnelFact } from './host-facts.ts';
import type { LocalTapFlow, Selection } from './select-taps.ts';
import type { Tunnels } from './tunnels.ts';
import type { MtuFinding } from './wanted.ts';

/** Bytes. */
const ETHERNET = 14;
/** An 802.1Q tag. */
const TAG = 4;
/** The outer IP header without options: RFC 791 section 3.1, RFC 8200 section 3. */
const OUTER_IP = { v4: 20, v6: 40 };
const UDP = 8;
/**
 * What is between the outer IP header and the frame: a VXLAN header (RFC 7348 section 5), one of Geneve without options (RFC
 * 8926 section 3.4), or one of GRE with a key (RFC 2890 section 2) and without a checksum.
 */
const HEADERS: Readonly<Record<TunnelType, number>> = { vxlan: UDP + 8, geneve: UDP + 8, gre: 4 + 4 };
/** The least that the setting tunnel.truncate_to takes. */
const LEAST_TRUNCATION = 64;
/** What every link must carry (RFC 791 section 3.2). */
const LEAST_MTU = 68;

/** A way to other hosts. */
interface WayOut {
  readonly type: TunnelType;
  /** The interface that it leaves by. */
  readonly device: string;
  readonly mtu: number;
  /** Bytes of an outer packet that are before the frame, without the outer Ethernet header, which no MTU counts. */
  readonly overhead: number;
}

/** The longest frame that fits. */
const roomOf = ({ mtu, overhead }: WayOut) => mtu - overhead;

function overheadOf({ type, remote, local = '' }: TunnelFact): number {
  const isV6 = (remote === FLOW ? local : remote).includes(':');
  return OUTER_IP[isV6 ? 'v6' : 'v4'] + HEADERS[type];
}

/** The way that a tunnel's frames take, or why that is not known. */
function wayOut({ name, tunnel }: PortFact & { readonly tunnel: TunnelFact }, facts: HostFacts): WayOut | string {
  const { type, egress, local } = tunnel;
  const underlay = facts.underlays.find(
    (each) => each.name === egress || (local !== undefined && each.addresses.includes(local)),
  );
  if (!underlay) return `the interface that tunnel ${name} leaves by is not known`;
  if (underlay.mtu === undefined) return `the MTU of ${underlay.name}, by which tunnel ${name} leaves, is not known`;
  return { type, device: underlay.name, mtu: underlay.mtu, overhead: overheadOf(tunnel) };
}

/** The narrowest of the ways, as copies may take any of them; only if none is known, why. */
function narrowest(facts: HostFacts, tunnels: Tunnels): WayOut | string {
  const ports = (facts.tunnel?.ports ?? []).flatMap((port) => {
    const { tunnel } = port;
    const isUsed = tunnels.kind === 'own' ? port.name === tunnels.port.name : port.ofport !== undefined;
    return tunnel && isUsed ? [wayOut({ ...port, tunnel }, facts)] : [];
  });
  const known = ports.filter((way) => typeof way !== 'string');
  const [first, ...others] = known;
  if (!first) return ports.find((way) => typeof way === 'string') ?? 'there is no tunnel yet';
  return others.reduce((least, way) => (roomOf(way) < roomOf(least) ? way : least), first);
}

/** What a VM can add to the bytes that its port's MTU counts; on an access port the switch takes no tagged frames. */
const aroundMtu = ({ vlans }: PortFact) => ETHERNET + (vlans.kind === 'access' ? 0 : TAG);

/** The longest copies of a source port against the way out, which adds `tag` bytes to a frame before the tunnel. */
function compare(source: PortFact, way: WayOut, tag: number, truncateTo: number | null): MtuFinding | undefined {
  const { name, mtu } = source;
  if (mtu === undefined) return { kind: 'unknown', reason: `the MTU of port ${name} is not known` };
  const longest = Math.min(mtu + aroundMtu(source), truncateTo ?? Number.POSITIVE_INFINITY);
  const needed = longest + tag + way.overhead;
  if (needed <= way.mtu) return undefined;
  const fits = roomOf(way) - tag;
  const portMtu = fits - aroundMtu(source);
  const remedies = [
    `raise the MTU of ${way.device}, and of the network behind it, to ${needed}`,
    ...(portMtu >= LEAST_MTU ? [`lower that of ${name} to ${portMtu}`] : []),
    ...(fits >= LEAST_TRUNCATION ? [`set tunnel.truncate_to to ${fits}`] : []),
  ];
  const reason =
    `frames of port ${name} (MTU ${mtu}) become up to ${needed} bytes in a ${way.type} tunnel, ` +
    `${needed - way.mtu} more than ${way.device} (MTU ${way.mtu}) takes: ${remedies.join(', or ')}`;
  return { kind: 'too-long', reason };
}

/** The tap flows whose source is here and whose service is elsewhere. */
export function leavingFlows({ tapFlows, remoteTapServices }: Selection): readonly LocalTapFlow[] {
  const remote = new Set(remoteTapServices.map(({ held }) => held.number));
  return remote.size === 0 ? [] : tapFlows.filter(({ tapService }) => remote.has(tapService.number));
}

/**
 * Which tap flows, by id, have copies that are too long for the network between the hosts, by the MTUs of source port and
 * underlay. Such a tap is realised all the same, and stays ACTIVE: most of its copies arrive, and Neutron's statuses have no
 * word for it.
 */
export function compareMtus(
  leaving: readonly LocalTapFlow[],
  facts: HostFacts,
  tunnels: Tunnels,
  truncateTo: number | null,
): ReadonlyMap<string, MtuFinding> {
  if (leaving.length === 0) return new Map();
  const way = narrowest(facts, tunnels);
  // The wire format of the Python agents has a tag of its own: see tunnel-flows.ts.
  const tag = tunnels.kind === 'neutron' ? TAG : 0;
  const found = leaving.flatMap(({ held, source }): [string, MtuFinding][] => {
    const finding: MtuFinding | undefined =
      typeof way === 'string' ? { kind: 'unknown', reason: way } : compare(source, way, tag, truncateTo);
    return finding ? [[held.tap.id, finding]] : [];
  });
  return new Map(found);
}
