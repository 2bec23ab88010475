import { isOurs } from '../compile/cookie.ts';
import type { FlowUnit } from '../compile/flow-unit.ts';
import type { FlowBridge, FlowMod, FlowText } from '../openflow/flow.ts';
import type { FlowTables } from '../openflow/flow-key.ts';

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

/** Observed flows of ours that nothing wants. */
function surplus(observed: FlowTables, wanted: readonly FlowUnit[]): FlowMod[] {
  const keys: Record<FlowBridge, Set<string>> = { integration: new Set(), tap: new Set() };
  for (const { flows } of wanted) for (const { key, flow } of flows) keys[flow.bridge].add(key);
  return (['integration', 'tap'] as const).flatMap((bridge) =>
    [...observed[bridge]]
      .filter(([key, { cookie }]) => !keys[bridge].has(key) && isOurs(cookie))
      .map(([, flow]): FlowMod => ({ command: 'DELETE_STRICT', flow })),
  );
}

/**
 * The smallest change from the observed flows to the wanted ones. Observed flows with cookies that are not ours are not
 * looked at.
 */
export function diffFlows(observed: FlowTables, wanted: readonly FlowUnit[]): FlowDifference {
  const add: FlowMod[] = [];
  const modify: FlowMod[] = [];
  let met = 0;
  for (const { flows } of wanted) {
    for (const { key, flow } of flows) {
      const present = observed[flow.bridge].get(key);
      if (present) met += 1;
      const mod = correction(present, flow);
      if (mod) (present && isOurs(present.cookie) ? modify : add).push(mod);
    }
  }
  const isAll = met === observed.integration.size + observed.tap.size;
  return { add, modify, remove: isAll ? [] : surplus(observed, wanted) };
}
