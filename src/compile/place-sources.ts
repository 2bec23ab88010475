import type { OneWay } from '../tap/tap.ts';
import { waysOf } from '../tap/tap.ts';
import { assignMirrors, overlap } from './assign-mirrors.ts';
import type { CaptureMember } from './capture-flows.ts';
import { policyKey } from './cookie.ts';
import type { BridgeFact, PortFact } from './host-facts.ts';
import { parseMirrorName } from './pipeline.ts';
import type { LocalTapFlow } from './select-taps.ts';

/** A tapped port, the mirror that it is to be in, and the mirror that it leaves, if that one must serve it meanwhile. */
export interface PlacedSource extends CaptureMember {
  readonly rowId: string;
  readonly mirror: number;
  readonly leaves: number | undefined;
}

type Source = Omit<PlacedSource, 'mirror' | 'leaves'>;

/** The tapped ports of one direction, each with its tap flows, in the order in which they were first tapped. */
function sourcesOf(way: OneWay, tapFlows: readonly LocalTapFlow[]): Source[] {
  const sources = new Map<string, { source: PortFact; mac: string; keys: number[] }>();
  for (const { held, source } of tapFlows) {
    if (!waysOf(held.tap.direction).includes(way)) continue;
    const key = policyKey(held.number, way);
    const known = sources.get(source.rowId);
    if (known) known.keys.push(key);
    else sources.set(source.rowId, { source, mac: source.mac ?? held.tap.sourceMac, keys: [key] });
  }
  return [...sources].map(([rowId, { source, mac, keys }]) => ({ rowId, vlans: source.vlans, mac, keys }));
}

/** Where ports are mirrored to now: the lowest of our mirrors of this direction that selects them. */
function currentMirrors(way: OneWay, bridge: BridgeFact): ReadonlyMap<string, number> {
  const current = new Map<string, number>();
  for (const row of bridge.mirrors) {
    const name = parseMirrorName(row.name);
    if (!row.owned || name?.way !== way) continue;
    for (const port of way === 'IN' ? row.selectDst : row.selectSrc) {
      current.set(port, Math.min(name.mirror, current.get(port) ?? name.mirror));
    }
  }
  return current;
}

/** Gives every tapped port of one direction its mirror; ports for which none is left are not in the answer. */
export function placeSources(
  way: OneWay,
  tapFlows: readonly LocalTapFlow[],
  bridge: BridgeFact,
  budget: number,
): readonly PlacedSource[] {
  const current = currentMirrors(way, bridge);
  const sources = sourcesOf(way, tapFlows);
  const candidates = sources.map(({ rowId, vlans }) => ({ rowId, vlans, previous: current.get(rowId) }));
  const assigned = assignMirrors(candidates, budget);
  const staysClearOf = (source: Source, mirror: number) =>
    sources.every(
      (other) => other === source || assigned.get(other.rowId) !== mirror || !overlap(other.vlans, source.vlans),
    );
  return sources.flatMap((source) => {
    const mirror = assigned.get(source.rowId);
    if (mirror === undefined) return [];
    const previous = current.get(source.rowId);
    const leaves =
      previous !== undefined && previous !== mirror && staysClearOf(source, previous) ? previous : undefined;
    return [{ ...source, mirror, leaves }];
  });
}
