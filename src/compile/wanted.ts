import type { FlowBridge } from '../openflow/flow.ts';
import type { OneWay } from '../tap/tap.ts';
import type { FlowUnit, FlowUnits } from './flow-unit.ts';
import type { WantedPort } from './pipeline.ts';

/** A bridge that is ours alone: br-tap, and br-tun where Neutron makes none. */
export interface WantedBridge {
  readonly role: OwnBridge;
  readonly datapathType: string;
  readonly failMode: 'secure';
  readonly tableNames: ReadonlyMap<number, string>;
}

export type OwnBridge = Exclude<FlowBridge, 'integration'>;

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
  /** One for each role at most. */
  readonly bridges: readonly WantedBridge[];
  readonly ports: readonly WantedPort[];
  readonly mirrors: readonly WantedMirror[];
  /** Row ids of ports that change their mirror; until the change is confirmed the flows serve the old place as well. */
  readonly moving: { readonly IN: ReadonlySet<string>; readonly OUT: ReadonlySet<string> };
  readonly flows: readonly FlowUnit[];
  /** Flows that the switch makes by itself, and that may stay as long as they lead where copies can go. */
  readonly learnt: LearntPlaces;
}

/** Places that may be learnt. */
export interface LearntPlaces {
  /** The taas_id of each service that may have one, by the service's number. */
  readonly taasIds: ReadonlyMap<number, number>;
  /** OpenFlow port numbers that they may lead to. */
  readonly ports: ReadonlySet<number>;
}

/** What nothing of ours looks like: the goal of a clean-up. */
export const nothingWanted: Wanted = {
  bridges: [],
  ports: [],
  mirrors: [],
  moving: { IN: new Set(), OUT: new Set() },
  flows: [],
  learnt: { taasIds: new Map(), ports: new Set() },
};

/** Why the wanted rows and flows do not carry a tap, in a sentence. What is `refused` no waiting mends. */
export interface Unrealised {
  readonly kind: 'waiting' | 'refused';
  readonly reason: string;
}

/** Whether the wanted rows and flows carry a tap. */
export type Outcome = { readonly kind: 'realised' } | Unrealised;

export interface Outcomes {
  readonly tapServices: ReadonlyMap<string, Outcome>;
  readonly tapFlows: ReadonlyMap<string, Outcome>;
}

/** What is found about the copies of a tap flow that leave this host, in a sentence; where all fit nothing is found. */
export interface MtuFinding {
  /** `unknown`: an MTU that decides it cannot be read from here. */
  readonly kind: 'too-long' | 'unknown';
  readonly reason: string;
}

/** What a later compile can use again of this one's work. */
export interface Reusable {
  readonly capture: FlowUnits;
  readonly policy: FlowUnits;
  readonly service: FlowUnits;
  /** Under 0, if anywhere. */
  readonly tunnel: FlowUnits;
  readonly send: FlowUnits;
  readonly receive: FlowUnits;
  readonly guard: FlowUnits;
}

export const nothingReusable: Reusable = {
  capture: new Map(),
  policy: new Map(),
  service: new Map(),
  tunnel: new Map(),
  send: new Map(),
  receive: new Map(),
  guard: new Map(),
};

/** `blocked`: something that is not ours is in the way, or br-int is missing; the switch is left as it is. */
export type Compiled =
  | {
      readonly kind: 'wanted';
      readonly wanted: Wanted;
      readonly outcomes: Outcomes;
      /** By the ids of tap flows that are realised: see tunnel-mtu.ts. */
      readonly warnings: ReadonlyMap<string, MtuFinding>;
      readonly reusable: Reusable;
    }
  | { readonly kind: 'blocked'; readonly reason: string };
