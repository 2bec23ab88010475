import type { HeldTapService } from './desired-state.ts';
import type { FlowIndex } from './flow-index.ts';
import type { TapFlow } from './tap.ts';

/**
 * Would copies of this flow come back to its source port? They travel to the service's port; were that port tapped in
 * turn, they would travel on, and in a circle for ever: Open vSwitch then drops the user's own packet when its recursion
 * limit is hit. The direction of a flow does not matter here: two taps that only face each other are as surely a mistake.
 */
export function loopThrough(
  flow: TapFlow,
  tapServices: ReadonlyMap<string, HeldTapService>,
  tapFlows: Pick<FlowIndex, 'from'>,
): boolean {
  const destination = tapServices.get(flow.tapServiceId)?.tap.portId;
  if (destination === undefined) return false;
  const seen = new Set([destination]);
  const waiting = [destination];
  for (let port = waiting.pop(); port !== undefined; port = waiting.pop()) {
    if (port === flow.sourcePortId) return true;
    for (const { tap } of tapFlows.from(port)) {
      if (tap.id === flow.id) continue;
      const next = tapServices.get(tap.tapServiceId)?.tap.portId;
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return false;
}
