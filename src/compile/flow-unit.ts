import type { Flow, FlowText } from '../openflow/flow.ts';
import { flowKey } from '../openflow/flow-key.ts';
import { formatFlow } from '../openflow/flow-syntax.ts';

/** A wanted flow, and its name in its bridge. */
export interface WantedFlow {
  readonly key: string;
  readonly flow: FlowText;
}

/** Flows that are made together, and the values that they were made from and depend on, nothing else. */
export interface FlowUnit {
  readonly from: readonly unknown[];
  readonly flows: readonly WantedFlow[];
}

/** Units of one stage, by a number that names what each is for. */
export type FlowUnits = ReadonlyMap<number, FlowUnit>;

function toWanted(flow: Flow): WantedFlow {
  const text = formatFlow(flow);
  return { key: flowKey(text), flow: text };
}

const sameValues = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length === b.length && a.every((value, index) => value === b[index]);

/** The unit as it was made before, if it was from these values; else it is made now. */
export function flowUnit(
  before: FlowUnit | undefined,
  from: readonly unknown[],
  make: () => readonly Flow[],
): FlowUnit {
  return before && sameValues(before.from, from) ? before : { from, flows: make().map(toWanted) };
}
