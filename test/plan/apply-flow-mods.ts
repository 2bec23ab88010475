import type { FlowMod, FlowText } from '../../src/openflow/flow.ts';
import { flowKey } from '../../src/openflow/flow-key.ts';

const named = (flow: FlowText) => `${flow.bridge} ${flowKey(flow)}`;

/** What a switch holds after a bundle. */
export function applyFlowMods(observed: readonly FlowText[], mods: readonly FlowMod[]): readonly FlowText[] {
  const flows = new Map(observed.map((flow) => [named(flow), flow]));
  for (const { command, flow } of mods) {
    const key = named(flow);
    const present = flows.get(key);
    if (command === 'ADD') flows.set(key, flow);
    else if (present?.cookie !== flow.cookie) continue;
    else if (command === 'DELETE_STRICT') flows.delete(key);
    else flows.set(key, { ...present, actions: flow.actions });
  }
  return [...flows.values()];
}
