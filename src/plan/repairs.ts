import type { Wanted } from '../compile/wanted.ts';
import type { FlowMod, FlowText } from '../openflow/flow.ts';
import { flowKey } from '../openflow/flow-key.ts';
import type { RowChange, Step } from './step.ts';

/** What the switch was once confirmed to hold, ready to be looked up: flows by bridge and key. */
interface Settled {
  readonly wanted: Wanted;
  readonly flows: ReadonlyMap<string, FlowText>;
}

const placeOf = (flow: FlowText) => `${flow.bridge} ${flowKey(flow)}`;

/** A name for people, and the same for the same flow. */
function flowName({ bridge, table, priority, match }: FlowText): string {
  return `flow on the ${bridge} bridge: table=${table},priority=${priority}${match === '' ? '' : `,${match}`}`;
}

function isRepair({ command, flow }: FlowMod, { flows }: Settled): boolean {
  const known = flows.get(placeOf(flow));
  if (command === 'DELETE_STRICT') return known === undefined;
  return known?.actions === flow.actions && known.cookie === flow.cookie;
}

function repairedRow(change: RowChange, { wanted }: Settled): readonly string[] {
  const mirror = (name: string) => wanted.mirrors.find((each) => each.name === name);
  const hasPort = (name: string) => wanted.ports.some((port) => port.name === name);
  switch (change.kind) {
    case 'create-bridge':
    case 'update-bridge':
      return wanted.bridges.some(({ role }) => role === change.bridge.role) ? [`the ${change.bridge.role} bridge`] : [];
    case 'create-port':
    case 'update-port':
      return hasPort(change.port.name) ? [`port ${change.port.name}`] : [];
    case 'create-mirror':
      return mirror(change.mirror.name) ? [`mirror ${change.mirror.name}`] : [];
    case 'update-mirror': {
      const known = mirror(change.mirror.name)?.ports;
      const again = change.insert.some((port) => known?.includes(port));
      const foreign = change.remove.some((port) => !known?.includes(port));
      return known && (again || foreign) ? [`mirror ${change.mirror.name}`] : [];
    }
    case 'delete-port':
      return hasPort(change.name) ? [] : [`port ${change.name}`];
    case 'delete-mirror':
      return mirror(change.name) ? [] : [`mirror ${change.name}`];
    case 'delete-bridge':
    case 'barrier':
      return [];
  }
}

/**
 * Names of what the steps only put right: the switch has been confirmed to hold all that was `settled`, so that somebody
 * else, or a restart, has changed it since. What follows from taps and ports that come and go is none of it.
 */
export function repairsOf(steps: readonly Step[], settled: Wanted): readonly string[] {
  if (steps.length === 0) return [];
  const flows = settled.flows.flatMap((unit) => unit.flows.map(({ flow }) => [placeOf(flow), flow] as const));
  const known: Settled = { wanted: settled, flows: new Map(flows) };
  return steps.flatMap((step) =>
    step.kind === 'rows'
      ? step.changes.flatMap((change) => repairedRow(change, known))
      : step.mods.filter((mod) => isRepair(mod, known)).map(({ flow }) => flowName(flow)),
  );
}
