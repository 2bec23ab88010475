import type { HostFacts } from '../compile/host-facts.ts';
import { TABLES } from '../compile/pipeline.ts';
import type { Wanted } from '../compile/wanted.ts';
import type { FlowBridge, FlowMod } from '../openflow/flow.ts';
import type { FlowTables } from '../openflow/flow-key.ts';
import { diffFlows, type FlowDifference } from './diff-flows.ts';
import { diffRows } from './diff-rows.ts';
import type { RowChange, Step } from './step.ts';

type On = (bridge: FlowBridge, mods: readonly FlowMod[]) => readonly FlowMod[];

/**
 * br-tap sends to br-tun, so what br-tun gets is there before, and what it loses goes after it. But where a service takes
 * over the number of another one, and with it flows of br-tun, no copy for the former may be under way by then.
 */
function tapAndTunnel({ remove, modify, add }: FlowDifference, on: On): readonly Step[] {
  const step = (bridge: 'tap' | 'tunnel', ...mods: readonly FlowMod[]): Step => ({
    kind: 'flows',
    bridge,
    mods: on(bridge, mods),
  });
  const takesOver = on('tunnel', modify).some(({ command }) => command === 'ADD');
  return takesOver
    ? [step('tap', ...remove), step('tunnel', ...remove, ...modify, ...add), step('tap', ...modify, ...add)]
    : [step('tunnel', ...modify, ...add), step('tap', ...remove, ...modify, ...add), step('tunnel', ...remove)];
}

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
  const on: On = (bridge, mods) => mods.filter(({ flow }) => flow.bridge === bridge);

  const first: RowChange[] = [...rows.detach, ...rows.make];
  // A capture place may change hands because a port went or changed its VLAN: the switch must have applied that, too.
  const placeChanges = on('tap', [...flows.modify, ...flows.add]).some(({ flow }) => flow.table === TABLES.capture);
  if (first.length === 0 && placeChanges) first.push({ kind: 'barrier' });

  const steps: Step[] = [
    { kind: 'rows', changes: first },
    { kind: 'flows', bridge: 'integration', mods: on('integration', [...flows.add, ...flows.modify]) },
    ...tapAndTunnel(flows, on),
    { kind: 'flows', bridge: 'integration', mods: on('integration', flows.remove) },
    { kind: 'rows', changes: [...rows.attach, ...rows.dismantle] },
  ];
  return steps.filter((step) => (step.kind === 'rows' ? step.changes : step.mods).length > 0);
}
