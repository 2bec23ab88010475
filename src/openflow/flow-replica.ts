import type { FlowBridge, FlowMod, FlowText } from './flow.ts';
import { toFlowText } from './flow-entry.ts';
import { type FlowTable, flowKey } from './flow-key.ts';
import type { FlowUpdate } from './flow-monitor.ts';

/** A change of a flow of ours by somebody else. `removed` also stands for one that another flow took the place of. */
export interface ForeignChange {
  readonly kind: 'added' | 'modified' | 'removed';
  readonly flow: FlowText;
}

/** Our flows on one bridge, as far as they are known: read once, and kept by our own changes and what the switch tells. */
export class FlowReplica {
  readonly #bridge: FlowBridge;
  readonly #isOurs: (cookie: bigint) => boolean;
  #flows: Map<string, FlowText> | undefined;

  constructor(bridge: FlowBridge, isOurs: (cookie: bigint) => boolean) {
    this.#bridge = bridge;
    this.#isOurs = isOurs;
  }

  /** All of ours: a live view; undefined while they are not known. */
  get flows(): FlowTable | undefined {
    return this.#flows;
  }

  forget(): void {
    this.#flows = undefined;
  }

  /** Takes what was read, and answers how many flows were known otherwise. */
  reset(flows: readonly FlowText[]): number {
    const before = this.#flows;
    this.#flows = new Map();
    let drifted = 0;
    for (const flow of flows) {
      const key = flowKey(flow);
      const known = before?.get(key);
      const unchanged = same(known, flow);
      if (!unchanged) drifted += 1;
      // The object that is known already is kept: it is the one that was wanted, and costs no further memory.
      this.#flows.set(key, unchanged && known ? known : flow);
    }
    const gone = [...(before?.keys() ?? [])].filter((key) => !this.#flows?.has(key)).length;
    return before ? drifted + gone : 0;
  }

  /** We have changed flows. A change of a flow that has another cookie did nothing. */
  commit(mods: readonly FlowMod[]): void {
    for (const { command, flow } of mods) {
      const key = flowKey(flow);
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
    const key = flowKey(flow);
    const present = this.#flows?.get(key);
    if (kind === 'removed' || !this.#isOurs(flow.cookie)) return present && this.#lose(key, present);
    if (same(present, flow)) return undefined;
    this.#flows?.set(key, flow);
    return { kind: present ? 'modified' : 'added', flow };
  }

  /** A flow of ours was removed, or that of another took its place. */
  #lose(key: string, flow: FlowText): ForeignChange {
    this.#flows?.delete(key);
    return { kind: 'removed', flow };
  }
}

function same(a: FlowText | undefined, b: FlowText): boolean {
  return a?.cookie === b.cookie && a.actions === b.actions;
}
