import type { FlowBridge, FlowMod, FlowText } from './flow.ts';
import { toFlowText } from './flow-entry.ts';
import type { FlowUpdate } from './flow-monitor.ts';

/** A change of a flow of ours by somebody else. `removed` also stands for one that another flow took the place of. */
export interface ForeignChange {
  readonly kind: 'added' | 'modified' | 'removed';
  readonly flow: FlowText;
}

/** Names a flow in a bridge: there is one for each table, priority and match. */
const keyOf = ({ table, priority, match }: Pick<FlowText, 'table' | 'priority' | 'match'>) =>
  `${table} ${priority} ${match}`;

/** Our flows on one bridge, as far as they are known: read once, and kept by our own changes and what the switch tells. */
export class FlowReplica {
  readonly #bridge: FlowBridge;
  readonly #isOurs: (cookie: bigint) => boolean;
  #flows: Map<string, FlowText> | undefined;
  #values: readonly FlowText[] | undefined;

  constructor(bridge: FlowBridge, isOurs: (cookie: bigint) => boolean) {
    this.#bridge = bridge;
    this.#isOurs = isOurs;
  }

  /** All of ours, in no order; undefined while they are not known. */
  get flows(): readonly FlowText[] | undefined {
    this.#values ??= this.#flows && [...this.#flows.values()];
    return this.#values;
  }

  forget(): void {
    this.#flows = undefined;
    this.#values = undefined;
  }

  /** Takes what was read, and answers how many flows were known otherwise. */
  reset(flows: readonly FlowText[]): number {
    const before = this.#flows;
    this.#flows = new Map(flows.map((flow) => [keyOf(flow), flow]));
    this.#values = flows;
    return before ? countDifferences(before, this.#flows) : 0;
  }

  /** We have changed flows. A change of a flow that has another cookie did nothing. */
  commit(mods: readonly FlowMod[]): void {
    this.#values = undefined;
    for (const { command, flow } of mods) {
      const key = keyOf(flow);
      const present = this.#flows?.get(key);
      if (command === 'ADD') this.#flows?.set(key, flow);
      else if (present?.cookie !== flow.cookie) continue;
      else if (command === 'DELETE_STRICT') this.#flows?.delete(key);
      else this.#flows?.set(key, { ...present, actions: flow.actions });
    }
  }

  /** Somebody else has changed a flow; answers what that means for ours, undefined when nothing. */
  hear({ kind, ...entry }: FlowUpdate): ForeignChange | undefined {
    const flow = toFlowText(this.#bridge, entry);
    const key = keyOf(flow);
    const present = this.#flows?.get(key);
    if (kind === 'removed' || !this.#isOurs(flow.cookie)) return present && this.#lose(key, present);
    if (same(present, flow)) return undefined;
    this.#values = undefined;
    this.#flows?.set(key, flow);
    return { kind: present ? 'modified' : 'added', flow };
  }

  /** A flow of ours was removed, or that of another took its place. */
  #lose(key: string, flow: FlowText): ForeignChange {
    this.#values = undefined;
    this.#flows?.delete(key);
    return { kind: 'removed', flow };
  }
}

function same(a: FlowText | undefined, b: FlowText): boolean {
  return a?.cookie === b.cookie && a.actions === b.actions;
}

function countDifferences(before: ReadonlyMap<string, FlowText>, after: ReadonlyMap<string, FlowText>): number {
  const changed = [...after].filter(([key, flow]) => !same(before.get(key), flow)).length;
  return changed + [...before.keys()].filter((key) => !after.has(key)).length;
}
