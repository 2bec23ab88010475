import type { HostFacts } from '../compile/host-facts.ts';
import { TABLES } from '../compile/pipeline.ts';
import type { Wanted } from '../compile/wanted.ts';
import type { FlowBridge, FlowMod } from '../openflow/flow.ts';
import type { FlowTables } from '../openflow/flow-key.ts';
import { diffFlows } from './diff-flows.ts';
import { diffRows } from './diff-rows.ts';
import type { RowChange, Step } from './step.ts';

/**
 * The steps from what is observed to what is wanted; none when nothing differs.
 *
 * Make before break, so that no copy of a tap that stays is lost: what carries copies (ports, flows) is there before what
 * sends them (mirrors), and goes after it. And break before reuse, so that no frame reaches the wrong sensor: a mirror
 * lets go of a port, and the switch has applied that, before the flows of its place serve another.
 */
export function plan(facts: HostFacts, observed: FlowTables, wanted: Wanted): readonly Step[] {
  const rows = diffRows(facts, wanted);
  const flows = diffFlows(observed, wanted);
  const on = (bridge: FlowBridge, mods: readonly FlowMod[]) => mods.filter(({ flow }) => flow.bridge === bridge);

  const first: RowChange[] = [...rows.detach, ...rows.make];
  // A capture place may change hands because a port went or changed its VLAN: the switch must have applied that, too.
  const placeChanges = on('tap', [...flows.modify, ...flows.add]).some(({ flow }) => flow.table === TABLES.capture);
  if (first.length === 0 && placeChanges) first.push({ kind: 'barrier' });

  const steps: Step[] = [
    { kind: 'rows', changes: first },
    { kind: 'flows', bridge: 'integration', mods: on('integration', [...flows.add, ...flows.modify]) },
    { kind: 'flows', bridge: 'tunnel', mods: on('tunnel', [...flows.remove, ...flows.modify, ...flows.add]) },
    { kind: 'flows', bridge: 'tap', mods: on('tap', [...flows.remove, ...flows.modify, ...flows.add]) },
    { kind: 'flows', bridge: 'integration', mods: on('integration', flows.remove) },
    { kind: 'rows', changes: [...rows.attach, ...rows.dismantle] },
  ];
  return steps.filter((step) => (step.kind === 'rows' ? step.changes : step.mods).length > 0);
}
