import { MAX_VLAN_ID } from '../tap/vlan-filter.ts';

/** A tap service that copies are delivered to on this host. */
export interface CarrierCandidate {
  /** The service's number, not its taas_id. */
  readonly number: number;
  readonly taasId: number;
}

/** The highest VLAN id that a network can have; 4095 is reserved. */
const HIGHEST = MAX_VLAN_ID - 1;

/**
 * Gives each service the VLAN id that carries its copies from br-tap to br-int: its taas_id, unless that may not be.
 *
 * A carrier is never a local VLAN: should our flow on br-int be deleted, Neutron's firewall takes a frame of a local VLAN
 * for one of that network, from whatever port it came, and would deliver it. Nor is it one that flows of another service
 * hold on the switch now (`holders`: VLAN id -> service number): it is given on only when those are gone. A service keeps
 * its carrier while it can.
 */
export function assignCarriers(
  candidates: readonly CarrierCandidate[],
  localVlans: ReadonlySet<number>,
  holders: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const carriers = new Map<number, number>();
  const taken = new Set(localVlans);
  const give = (number: number, vid: number) => {
    carriers.set(number, vid);
    taken.add(vid);
  };
  const numbers = new Set(candidates.map(({ number }) => number));
  for (const [vid, number] of holders) {
    if (numbers.has(number) && !carriers.has(number) && !taken.has(vid)) give(number, vid);
    else taken.add(vid);
  }
  const rest = candidates.filter(({ number }) => !carriers.has(number));
  for (const { number, taasId } of rest) {
    if (!taken.has(taasId)) give(number, taasId);
  }
  let next = HIGHEST;
  for (const { number } of rest) {
    if (carriers.has(number)) continue;
    while (next > 0 && taken.has(next)) next -= 1;
    if (next > 0) give(number, next);
  }
  return carriers;
}
