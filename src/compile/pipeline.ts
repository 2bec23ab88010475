import type { FlowBridge, Match } from '../openflow/flow.ts';
import type { OneWay } from '../tap/tap.ts';
import type { TunnelType } from '../tap/tunnel-type.ts';
import type { BridgeFact } from './host-facts.ts';

/**
 * The tables of br-tap. A frame comes in from a mirror, *capture* finds the tap flows that it belongs to and gives
 * each a frame of its own as the VM saw it, *policy* lets it pass or not, *deliver* sends it to the tap service.
 * reg0 = policy key (cookie.ts), reg1 = taas_id.
 */
export const TABLES = { capture: 0, policy: 1, deliver: 2 } as const;

export const TABLE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TABLES).map(([name, number]) => [number, name]),
);

/** Above everything that Neutron puts into table 0 but its drop of the dead VLAN (65535). */
export const SERVICE_PRIORITY = 60_000;

/** In *capture*: what names a VLAN comes before what takes any; within both, what names more comes first. */
export const CAPTURE_PRIORITY = { vlan: 200, any: 100, mac: 10, groupNotFrom: 20 } as const;

/** In *capture*, for what comes from other hosts: no mirror comes in by that port. */
export const ARRIVE_PRIORITY = 100;

export const POLICY_PRIORITY = 100;
export const DELIVER_PRIORITY = 100;
export const DROP_PRIORITY = 0;

/** Our ports ask for numbers far above those that Open vSwitch gives by itself, so that flows can name them beforehand. */
const FIRST_OFPORT = 65_000;

/**
 * A patch port as we want it. `guarded` ports are trunks of VLAN 4095 only: NORMAL on br-int neither floods into them nor
 * takes a frame from them, whatever other flows are there, while mirrors and our own flows are not concerned. And copies
 * leave through them with the tag of VLAN 0 that a VM may have given its frame.
 */
export interface PatchPort {
  readonly bridge: FlowBridge;
  readonly name: string;
  readonly peer: string;
  readonly ofportRequest: number;
  readonly guarded: boolean;
}

/** The way to all other hosts where br-tun is ours: each flow names the host and the key. */
export interface TunnelPort {
  readonly bridge: 'tunnel';
  readonly name: string;
  readonly ofportRequest: number;
  readonly type: TunnelType;
  /** This host's address; undefined: routing decides. */
  readonly local: string | undefined;
}

export type WantedPort = PatchPort | TunnelPort;

export function isPatch(port: WantedPort): port is PatchPort {
  return 'peer' in port;
}

export function tunnelPort(type: TunnelType, local: string | undefined): TunnelPort {
  return { bridge: 'tunnel', name: `taas-${type}`, ofportRequest: 65_201, type, local };
}

export const SERVICE_PATCH: { readonly integration: PatchPort; readonly tap: PatchPort } = {
  integration: {
    bridge: 'integration',
    name: 'patch-int-tap',
    peer: 'patch-tap-int',
    ofportRequest: FIRST_OFPORT,
    guarded: true,
  },
  tap: { bridge: 'tap', name: 'patch-tap-int', peer: 'patch-int-tap', ofportRequest: FIRST_OFPORT, guarded: false },
};

/** Joins br-tap and br-tun, where that is. */
export const TUNNEL_PATCH: { readonly tap: PatchPort; readonly tunnel: PatchPort } = {
  tap: { bridge: 'tap', name: 'patch-tap-tun', peer: 'patch-tun-tap', ofportRequest: 65_200, guarded: false },
  tunnel: { bridge: 'tunnel', name: 'patch-tun-tap', peer: 'patch-tap-tun', ofportRequest: 65_200, guarded: false },
};

/** The pair of patch ports that carries the copies of one mirror. */
export function capturePatch(way: OneWay, mirror: number): { integration: PatchPort; tap: PatchPort } {
  const suffix = `${way.toLowerCase()}-${mirror}`;
  const ofportRequest = FIRST_OFPORT + 1 + (way === 'OUT' ? 100 : 0) + mirror;
  const [outer, inner] = [`mirror-${suffix}`, `capture-${suffix}`];
  return {
    integration: { bridge: 'integration', name: outer, peer: inner, ofportRequest, guarded: true },
    tap: { bridge: 'tap', name: inner, peer: outer, ofportRequest, guarded: false },
  };
}

/** The number that a port of ours has, or will have. */
export function ofportOf(wanted: WantedPort, bridge: BridgeFact | undefined): number {
  const port = bridge?.ports.find(({ name }) => name === wanted.name);
  return port?.ofport ?? wanted.ofportRequest;
}

/** The name of our Mirror row. */
export function mirrorName(way: OneWay, mirror: number): string {
  return `taas-${way.toLowerCase()}-${mirror}`;
}

/** The inverse of mirrorName. */
export function parseMirrorName(name: string): { readonly way: OneWay; readonly mirror: number } | undefined {
  const match = /^taas-(in|out)-(\d{1,2})$/.exec(name);
  return match ? { way: match[1] === 'in' ? 'IN' : 'OUT', mirror: Number(match[2]) } : undefined;
}

const EXACT_VLAN = 0xfff;

/** An 802.1Q tag. */
export const TAG_BYTES = 4;

/** A match on one VLAN; 0 stands for frames of no VLAN, which may have a priority tag. */
export function matchVlan(vid: number): Pick<Match, 'vlan'> {
  return { vlan: vid === 0 ? { kind: 'no-vlan' } : { kind: 'tagged', vid, mask: EXACT_VLAN } };
}
