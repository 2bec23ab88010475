import type { FlowMod, FlowText } from '../openflow/flow.ts';
import { flowKey } from './diff-flows.ts';

/** What the switch holds after a bundle: the model that plan.ts is tested against, and our memory between passes. */
export function applyFlowMods(observed: readonly FlowText[], mods: readonly FlowMod[]): readonly FlowText[] {
  const flows = new Map(observed.map((flow) => [flowKey(flow), flow]));
  for (const { command, flow } of mods) {
    const key = flowKey(flow);
    const present = flows.get(key);
    if (command === 'ADD') flows.set(key, flow);
    else if (command === 'DELETE_STRICT') flows.delete(key);
    else if (present?.cookie === flow.cookie) flows.set(key, { ...present, actions: flow.actions });
  }
  return [...flows.values()];
}
