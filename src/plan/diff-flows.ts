import { isOurs } from '../compile/cookie.ts';
import { matchVlan } from '../compile/pipeline.ts';
import { readPause, readPlace } from '../compile/places.ts';
import type { LearntPlaces, Wanted } from '../compile/wanted.ts';
import { FLOW_BRIDGES, type FlowBridge, type FlowMod, type FlowText } from '../openflow/flow.ts';
import type { FlowTables } from '../openflow/flow-key.ts';
import { formatMatch } from '../openflow/flow-syntax.ts';

/** What has to change, apart by kind; `modify` replaces actions (and the cookie, where that is another). */
export interface FlowDifference {
  readonly add: readonly FlowMod[];
  readonly modify: readonly FlowMod[];
  readonly remove: readonly FlowMod[];
}

/** What makes `present` the wanted flow; undefined when it is that already. */
function correction(present: FlowText | undefined, flow: FlowText): FlowMod | undefined {
  // One that the switch was given by us is the very object that was wanted.
  if (present === flow) return undefined;
  if (present?.cookie !== flow.cookie) return { command: 'ADD', flow };
  return present.actions === flow.actions ? undefined : { command: 'MODIFY_STRICT', flow };
}

/** Whether a flow is one of those that come and go without being wanted: a place that copies can go to, or a pause. */
function mayStay(flow: FlowText, { taasIds, ports }: LearntPlaces): boolean {
  const place = readPlace(flow);
  const number = place ? place.number : readPause(flow);
  const taasId = number === undefined ? undefined : taasIds.get(number);
  if (taasId === undefined || flow.match !== formatMatch(matchVlan(taasId))) return false;
  return !place || ports.has(place.port);
}

/** Observed flows of ours that nothing wants. */
function surplus(observed: FlowTables, { flows: wanted, learnt }: Pick<Wanted, 'flows' | 'learnt'>): FlowMod[] {
  const keys: Record<FlowBridge, Set<string>> = { integration: new Set(), tap: new Set(), tunnel: new Set() };
  for (const { flows } of wanted) for (const { key, flow } of flows) keys[flow.bridge].add(key);
  return FLOW_BRIDGES.flatMap((bridge) =>
    [...observed[bridge]]
      .filter(([key, flow]) => !keys[bridge].has(key) && isOurs(flow.cookie) && !mayStay(flow, learnt))
      .map(([, flow]): FlowMod => ({ command: 'DELETE_STRICT', flow })),
  );
}

/**
 * The smallest change from the observed flows to the wanted ones. Observed flows with cookies that are not ours are not
 * looked at.
 */
export function diffFlows(observed: FlowTables, wanted: Pick<Wanted, 'flows' | 'learnt'>): FlowDifference {
  const add: FlowMod[] = [];
  const modify: FlowMod[] = [];
  let met = 0;
  for (const { flows } of wanted.flows) {
    for (const { key, flow } of flows) {
      const present = observed[flow.bridge].get(key);
      if (present) met += 1;
      const mod = correction(present, flow);
      if (mod) (present && isOurs(present.cookie) ? modify : add).push(mod);
    }
  }
  const isAll = met === FLOW_BRIDGES.reduce((sum, bridge) => sum + observed[bridge].size, 0);
  return { add, modify, remove: isAll ? [] : surplus(observed, wanted) };
}
