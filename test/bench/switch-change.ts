import type { FlowMod, FlowText } from '../../src/openflow/flow.ts';
import { flowKey } from '../../src/openflow/flow-key.ts';
import type { BareBridge, MirrorChange, SwitchState } from './bare-switch.ts';

/** What is to be done to a switch in one state to bring it into another. */
export interface SwitchChange {
  readonly flows: Readonly<Record<BareBridge, readonly FlowMod[]>>;
  readonly mirrors: readonly MirrorChange[];
}

function flowMods(before: readonly FlowText[], after: readonly FlowText[]): FlowMod[] {
  const [former, wanted] = [before, after].map((flows) => new Map(flows.map((flow) => [flowKey(flow), flow])));
  const gone = [...(former ?? [])].filter(([key]) => !wanted?.has(key));
  const made = [...(wanted ?? [])].filter(([key, { cookie, actions }]) => {
    const present = former?.get(key);
    return present?.cookie !== cookie || present.actions !== actions;
  });
  return [
    ...gone.map(([, flow]): FlowMod => ({ command: 'DELETE_STRICT', flow })),
    ...made.map(([, flow]): FlowMod => ({ command: 'ADD', flow })),
  ];
}

const without = (set: ReadonlySet<string>, other: ReadonlySet<string>) => [...set].filter((item) => !other.has(item));

/**
 * The change from one state to another, as data. Throws RangeError when mirrors have come or gone: the states to compare
 * are those of a host whose mirrors are all there.
 */
export function changeBetween(before: SwitchState, after: SwitchState): SwitchChange {
  const mirrors = [...after.mirrors].flatMap(([rowId, members]) =>
    (['select_src_port', 'select_dst_port'] as const).map((column): MirrorChange => {
      const former = before.mirrors.get(rowId);
      if (!former) throw new RangeError(`mirror ${rowId} is new`);
      const [insert, remove] = [without(members[column], former[column]), without(former[column], members[column])];
      return { rowId, column, insert, remove };
    }),
  );
  if (before.mirrors.size !== after.mirrors.size) throw new RangeError('a mirror is gone');
  return {
    flows: {
      integration: flowMods(before.flows.integration, after.flows.integration),
      tap: flowMods(before.flows.tap, after.flows.tap),
    },
    mirrors: mirrors.filter(({ insert, remove }) => insert.length + remove.length > 0),
  };
}
