import type { PortVlans } from './host-facts.ts';

/** A port that needs a place in a mirror of one direction. */
export interface MirrorCandidate {
  readonly rowId: string;
  readonly vlans: PortVlans;
  /** The mirror that it is in now, if any. */
  readonly previous: number | undefined;
}

/** Open vSwitch mirrors of one bridge, at most (`MAX_MIRRORS`); a 33rd row is refused in its log only. */
export const MIRRORS_PER_BRIDGE = 32;

export interface MirrorLimits {
  readonly maxIn: number;
  readonly maxOut: number;
}

/** How many mirrors of each direction are ours to use, beside those that the operator has made: the larger share gives. */
export function mirrorBudget(limits: MirrorLimits, foreignMirrors: number): MirrorLimits {
  const room = Math.max(0, MIRRORS_PER_BRIDGE - foreignMirrors);
  const excess = Math.max(0, limits.maxIn + limits.maxOut - room);
  const [larger, smaller] = [Math.max(limits.maxIn, limits.maxOut), Math.min(limits.maxIn, limits.maxOut)];
  const fromLarger = Math.min(excess, larger - smaller);
  const rest = excess - fromLarger;
  const reduced = larger - fromLarger - Math.floor(rest / 2);
  const other = smaller - Math.ceil(rest / 2);
  return limits.maxIn >= limits.maxOut ? { maxIn: reduced, maxOut: other } : { maxIn: other, maxOut: reduced };
}

/** Could a frame in the copy belong to either port? Then one mirror cannot tell them apart by VLAN. */
export function overlap(a: PortVlans, b: PortVlans): boolean {
  if (a.kind === 'dead' || b.kind === 'dead') return false;
  return a.kind === 'trunk' || b.kind === 'trunk' || a.vid === b.vid;
}

/** Counts the ports of one mirror, so that conflicts with another need no walk over them. */
class Occupancy {
  readonly #ofVlan = new Map<number, number>();
  #trunks = 0;
  #alive = 0;

  add({ vlans }: MirrorCandidate): void {
    if (vlans.kind === 'dead') return;
    this.#alive += 1;
    if (vlans.kind === 'trunk') this.#trunks += 1;
    else this.#ofVlan.set(vlans.vid, (this.#ofVlan.get(vlans.vid) ?? 0) + 1);
  }

  /** How many of its ports overlap with this one. */
  conflicts({ vlans }: MirrorCandidate): number {
    if (vlans.kind === 'dead') return 0;
    return vlans.kind === 'trunk' ? this.#alive : this.#trunks + (this.#ofVlan.get(vlans.vid) ?? 0);
  }
}

/** The mirror with the fewest conflicts, of these the lowest; undefined without any mirror. */
function leastConflicting(candidate: MirrorCandidate, mirrors: readonly Occupancy[]) {
  let best: { readonly index: number; readonly conflicts: number } | undefined;
  for (const [index, mirror] of mirrors.entries()) {
    const conflicts = mirror.conflicts(candidate);
    if (!best || conflicts < best.conflicts) best = { index, conflicts };
    if (conflicts === 0) return best;
  }
  return best;
}

/**
 * Gives each port a mirror, 0 .. budget-1, so that no two ports of a mirror overlap: like colouring a graph.
 * A port keeps its mirror while it can; others get the lowest free one, which for a fresh start uses as few mirrors as
 * there can be. Past the budget a port joins the mirror where it overlaps with the fewest. Candidates come in order of
 * precedence. An empty budget places nobody.
 */
export function assignMirrors(candidates: readonly MirrorCandidate[], budget: number): ReadonlyMap<string, number> {
  const mirrors = Array.from({ length: Math.max(0, budget) }, () => new Occupancy());
  const assigned = new Map<string, number>();
  const place = (candidate: MirrorCandidate, index: number) => {
    mirrors[index]?.add(candidate);
    assigned.set(candidate.rowId, index);
  };

  for (const candidate of candidates) {
    const { previous } = candidate;
    if (previous !== undefined && mirrors[previous]?.conflicts(candidate) === 0) place(candidate, previous);
  }
  for (const candidate of candidates) {
    if (assigned.has(candidate.rowId)) continue;
    const best = leastConflicting(candidate, mirrors);
    if (!best) continue;
    const stay = best.conflicts > 0 && candidate.previous !== undefined && candidate.previous < budget;
    place(candidate, stay && candidate.previous !== undefined ? candidate.previous : best.index);
  }
  return assigned;
}
