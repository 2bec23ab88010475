import type { Action, Flow, Match } from '../openflow/flow.ts';
import type { OneWay } from '../tap/tap.ts';
import { capturePlace, cookieOf } from './cookie.ts';
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

function belongs({ vlans }: CaptureMember, vid: number): boolean {
  return vlans.kind === 'trunk' || (vlans.kind !== 'dead' && vlans.vid === vid);
}

/** VLAN ids that a member's copies carry for certain; a trunk also has every other. */
function namedVid({ vlans }: CaptureMember): number[] {
  if (vlans.kind === 'dead') return [];
  return vlans.kind === 'trunk' ? (vlans.native === 0 ? [] : [vlans.native]) : [vlans.vid];
}

function classesOf(members: readonly CaptureMember[]): VlanClass[] {
  const vids = [...new Set(members.flatMap(namedVid))].sort((a, b) => a - b);
  const classes: VlanClass[] = vids.map((vid) => ({ vid, members: members.filter((member) => belongs(member, vid)) }));
  const trunks = members.filter(({ vlans }) => vlans.kind === 'trunk');
  return trunks.length > 0 ? [...classes, { vid: undefined, members: trunks }] : classes;
}

/** Gives each tap flow of a port the frame as the VM saw it: the switch's own tag removed, the VM's kept. */
function copyActions(member: CaptureMember, vid: number | undefined): Action[] {
  const switchTagged = vid !== undefined && vid !== 0 && namedVid(member).includes(vid);
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

/** The flows of table *capture* for one mirror, whose copies come in at `inPort`. */
export function captureFlows(
  way: OneWay,
  mirror: number,
  inPort: number,
  members: readonly CaptureMember[],
): readonly Flow[] {
  return classesOf(members).flatMap(({ vid, members: sharers }) => {
    const base: Match = { inPort, ...(vid === undefined ? {} : matchVlan(vid)) };
    const priority = vid === undefined ? CAPTURE_PRIORITY.any : CAPTURE_PRIORITY.vlan;
    const matches: [Match, number, readonly CaptureMember[]][] =
      sharers.length === 1 ? [[{}, 0, sharers]] : sharedMatches(way, sharers);
    return matches.map(([match, extra, recipients]) => ({
      bridge: 'tap' as const,
      table: TABLES.capture,
      priority: priority + extra,
      cookie: cookieOf('capture', capturePlace(way, mirror, vid ?? 0)),
      match: { ...base, ...match },
      actions: recipients.flatMap((member) => copyActions(member, vid)),
    }));
  });
}
