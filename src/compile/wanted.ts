import type { OneWay } from '../tap/tap.ts';
import type { FlowUnit, FlowUnits } from './flow-unit.ts';
import type { PatchPort } from './pipeline.ts';

/** The bridge that is ours alone. */
export interface WantedBridge {
  readonly datapathType: string;
  readonly failMode: 'secure';
  readonly tableNames: ReadonlyMap<number, string>;
}

/** A Mirror row on br-int: copies what the ports receive (OUT) or are sent (IN) to one output port. */
export interface WantedMirror {
  readonly name: string;
  readonly way: OneWay;
  readonly outputPort: string;
  /** Row ids of the selected ports, ascending. */
  readonly ports: readonly string[];
}

/** All rows and flows of ours that the switch should hold, and no others. */
export interface Wanted {
  readonly bridge: WantedBridge | undefined;
  readonly ports: readonly PatchPort[];
  readonly mirrors: readonly WantedMirror[];
  /** Row ids of ports that change their mirror; until the change is confirmed the flows serve the old place as well. */
  readonly moving: { readonly IN: ReadonlySet<string>; readonly OUT: ReadonlySet<string> };
  readonly flows: readonly FlowUnit[];
}

/** What nothing of ours looks like: the goal of a clean-up. */
export const nothingWanted: Wanted = {
  bridge: undefined,
  ports: [],
  mirrors: [],
  moving: { IN: new Set(), OUT: new Set() },
  flows: [],
};

/** Whether the wanted rows and flows carry a tap; if they do not, why, in a sentence. */
export type Outcome = { readonly kind: 'realised' } | { readonly kind: 'waiting'; readonly reason: string };

export interface Outcomes {
  readonly tapServices: ReadonlyMap<string, Outcome>;
  readonly tapFlows: ReadonlyMap<string, Outcome>;
}

/** What a later compile can use again of this one's work. */
export interface Reusable {
  readonly capture: FlowUnits;
  readonly policy: FlowUnits;
  readonly service: FlowUnits;
}

/** `blocked`: something that is not ours is in the way, or br-int is missing; the switch is left as it is. */
export type Compiled =
  | { readonly kind: 'wanted'; readonly wanted: Wanted; readonly outcomes: Outcomes; readonly reusable: Reusable }
  | { readonly kind: 'blocked'; readonly reason: string };
