import type { Action, Flow, Match } from '../openflow/flow.ts';
import type { OneWay } from '../tap/tap.ts';
import { capturePlace, cookieOf } from './cookie.ts';
import { type FlowUnit, type FlowUnits, flowUnit } from './flow-unit.ts';
import type { PortVlans } from './host-facts.ts';
import { CAPTURE_PRIORITY, matchVlan, TABLES } from './pipeline.ts';

/** A tapped port in one mirror. */
export interface CaptureMember {
  readonly vlans: PortVlans;
  readonly mac: string;
  /** Policy keys of its tap flows in this direction, ascending. */
  readonly keys: readonly number[];
}

/** Members whose copies carry the same VLAN, or (`vid` undefined) any VLAN that no other class names. */
interface VlanClass {
  readonly vid: number | undefined;
  readonly members: readonly CaptureMember[];
}

/** The VLAN id that a member's copies carry for certain; a trunk also has every other. */
function namedVid({ vlans }: CaptureMember): number | undefined {
  if (vlans.kind === 'dead') return undefined;
  return vlans.kind !== 'trunk' ? vlans.vid : vlans.native === 0 ? undefined : vlans.native;
}

function belongs(member: CaptureMember, vid: number): boolean {
  return member.vlans.kind === 'trunk' || namedVid(member) === vid;
}

function classesOf(members: readonly CaptureMember[]): readonly VlanClass[] {
  const trunks = members.filter(({ vlans }) => vlans.kind === 'trunk');
  const named = [...Map.groupBy(members, namedVid)].sort(([a = -1], [b = -1]) => a - b);
  const classes = named.flatMap(([vid, own]): VlanClass[] => {
    if (vid === undefined) return [];
    return [{ vid, members: trunks.length === 0 ? own : members.filter((member) => belongs(member, vid)) }];
  });
  return trunks.length > 0 ? [...classes, { vid: undefined, members: trunks }] : classes;
}

/** Gives each tap flow of a port the frame as the VM saw it: the switch's own tag removed, the VM's kept. */
function copyActions(member: CaptureMember, vid: number | undefined): Action[] {
  const switchTagged = vid !== undefined && vid !== 0 && namedVid(member) === vid;
  const untag: Action[] = switchTagged ? [{ kind: 'pop_vlan' }] : [];
  return member.keys.map((value) => ({
    kind: 'clone',
    actions: [...untag, { kind: 'load', register: 'reg0', value }, { kind: 'resubmit', table: TABLES.policy }],
  }));
}

/**
 * Ports that share a VLAN in one mirror (past the budget only) are told apart by MAC. What one of them sends to a group
 * is delivered to the others, not to itself.
 */
function sharedMatches(way: OneWay, members: readonly CaptureMember[]): [Match, number, readonly CaptureMember[]][] {
  const macs = [...new Set(members.map(({ mac }) => mac))].sort();
  const having = (mac: string) => members.filter((member) => member.mac === mac);
  if (way === 'OUT') return macs.map((mac) => [{ ethSrc: mac }, CAPTURE_PRIORITY.mac, having(mac)]);
  const unicast = macs.map((mac): [Match, number, readonly CaptureMember[]] => [
    { ethDst: mac },
    CAPTURE_PRIORITY.mac,
    having(mac),
  ]);
  const groupFrom = macs.map((mac): [Match, number, readonly CaptureMember[]] => [
    { ethSrc: mac, ethDst: 'group' },
    CAPTURE_PRIORITY.groupNotFrom,
    members.filter((member) => member.mac !== mac),
  ]);
  return [...unicast, ...groupFrom, [{ ethDst: 'group' }, CAPTURE_PRIORITY.mac, members]];
}

/** One mirror of one direction, whose copies come in at `inPort`, with the ports in it. */
export interface CaptureMirror {
  readonly way: OneWay;
  readonly mirror: number;
  readonly inPort: number;
  readonly members: readonly CaptureMember[];
}

function classFlows({ way, mirror, inPort }: CaptureMirror, { vid, members }: VlanClass): readonly Flow[] {
  const base: Match = { inPort, ...(vid === undefined ? {} : matchVlan(vid)) };
  const priority = vid === undefined ? CAPTURE_PRIORITY.any : CAPTURE_PRIORITY.vlan;
  const matches: [Match, number, readonly CaptureMember[]][] =
    members.length === 1 ? [[{}, 0, members]] : sharedMatches(way, members);
  return matches.map(([match, extra, recipients]) => ({
    bridge: 'tap' as const,
    table: TABLES.capture,
    priority: priority + extra,
    cookie: cookieOf('capture', capturePlace(way, mirror, vid ?? 0)),
    match: { ...base, ...match },
    actions: recipients.flatMap((member) => copyActions(member, vid)),
  }));
}

/** The flows of table *capture* for one mirror: a unit for each class of VLANs, as in `before` where nothing changed. */
export function captureUnits(
  capture: CaptureMirror,
  before: FlowUnits | undefined,
): readonly (readonly [number, FlowUnit])[] {
  const { way, mirror, inPort, members } = capture;
  return classesOf(members).map((vlanClass) => {
    const { vid } = vlanClass;
    const place = capturePlace(way, mirror, vid ?? 0) * 2 + (vid === undefined ? 1 : 0);
    const from = [inPort, ...vlanClass.members.flatMap(({ vlans, mac, keys }) => [vlans, mac, ...keys])];
    return [place, flowUnit(before?.get(place), from, () => classFlows(capture, vlanClass))] as const;
  });
}
