import type { Match } from '../openflow/flow.ts';
import type { OneWay } from '../tap/tap.ts';

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
  readonly bridge: 'integration' | 'tap';
  readonly name: string;
  readonly peer: string;
  readonly ofportRequest: number;
  readonly guarded: boolean;
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

/** A match on one VLAN; 0 stands for frames of no VLAN, which may have a priority tag. */
export function matchVlan(vid: number): Pick<Match, 'vlan'> {
  return { vlan: vid === 0 ? { kind: 'no-vlan' } : { kind: 'tagged', vid, mask: EXACT_VLAN } };
}
