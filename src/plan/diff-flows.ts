import { isOurs } from '../compile/cookie.ts';
import type { Flow, FlowMod, FlowText } from '../openflow/flow.ts';
import { formatFlow } from '../openflow/flow-syntax.ts';

/** Names a flow on the switch: there is one for each bridge, table, priority and match. */
export function flowKey({ bridge, table, priority, match }: FlowText): string {
  return `${bridge} ${table} ${priority} ${match}`;
}

/** What has to change, apart by kind; `modify` replaces actions (and the cookie, where that is another). */
export interface FlowDifference {
  readonly add: readonly FlowMod[];
  readonly modify: readonly FlowMod[];
  readonly remove: readonly FlowMod[];
}

/**
 * The smallest change from the observed flows to the wanted ones. Observed flows with cookies that are not ours are not
 * looked at.
 */
export function diffFlows(observed: readonly FlowText[], wanted: readonly Flow[]): FlowDifference {
  const stale = new Map(observed.filter(({ cookie }) => isOurs(cookie)).map((flow) => [flowKey(flow), flow]));
  const add: FlowMod[] = [];
  const modify: FlowMod[] = [];
  for (const flow of wanted.map(formatFlow)) {
    const key = flowKey(flow);
    const present = stale.get(key);
    stale.delete(key);
    if (!present) add.push({ command: 'ADD', flow });
    else if (present.cookie !== flow.cookie) modify.push({ command: 'ADD', flow });
    else if (present.actions !== flow.actions) modify.push({ command: 'MODIFY_STRICT', flow });
  }
  const remove = [...stale.values()].map((flow): FlowMod => ({ command: 'DELETE_STRICT', flow }));
  return { add, modify, remove };
}
