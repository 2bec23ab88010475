import type { CpuUse } from './stage.ts';
import type { Summary } from './statistics.ts';

/** The steps that the agent took for one create or delete. */
export interface Steps {
  readonly bundles: number;
  /** Transactions, each waited for until the switch had applied it. */
  readonly transactions: number;
}

/** What the switch itself needs for a change, in milliseconds. */
export interface FloorSummary {
  /** The bundles, one for each bridge that has a part in it, until they are confirmed. */
  readonly bundle: Summary;
  /** The transaction that changes the Mirror rows, until `cur_cfg` has reached it. */
  readonly transaction: Summary;
  /** Bundles and one transaction: less is not possible. */
  readonly least: Summary;
}

/** A create or a delete of the same tap flow, milliseconds. */
export interface Change {
  readonly steps: Steps;
  readonly floor: FloorSummary;
}

export interface OneByOne {
  /** How many tap flows were there already. */
  readonly held: number;
  readonly create: Summary;
  readonly delete: Summary;
  /** For a create and a delete together, milliseconds of a core. */
  readonly cpu: CpuUse;
}

export interface Burst {
  readonly taps: number;
  /** Until the last status is there, milliseconds. */
  readonly create: Summary;
  readonly delete: Summary;
  readonly floor: { readonly create: Change; readonly delete: Change };
  /** For a create, milliseconds of a core. */
  readonly cpu: CpuUse;
}

/** What creates and deletes cost on a switch with so many ports. */
export interface CreateFigures {
  readonly ports: number;
  /** The first tap of a host, which makes br-tap and the first mirrors; milliseconds. */
  readonly first: number;
  readonly oneByOne: readonly OneByOne[];
  readonly floor: { readonly create: Change; readonly delete: Change };
  readonly bursts: readonly Burst[];
}

/** A create and the delete that follows it at once: medians in milliseconds, with the agent and without. */
export function together({ oneByOne: [series], floor }: CreateFigures): {
  readonly agent: number;
  readonly least: number;
} {
  const sum = (create = Number.NaN, gone = Number.NaN) => create + gone;
  return {
    agent: sum(series?.create.median, series?.delete.median),
    least: sum(floor.create.floor.least.median, floor.delete.floor.least.median),
  };
}
