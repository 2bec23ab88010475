import type { FlowBridge, FlowMod, FlowText } from './flow.ts';
import { toFlowText } from './flow-entry.ts';
import { type FlowTable, flowKey } from './flow-key.ts';
import type { FlowUpdate } from './flow-monitor.ts';

/** A change of a flow of ours by somebody else. `removed` also stands for one that another flow took the place of. */
export interface ForeignChange {
  readonly kind: 'added' | 'modified' | 'removed';
  readonly flow: FlowText;
}

/** Which flows a replica keeps. */
export interface Kept {
  readonly isOurs: (cookie: bigint) => boolean;
  /** Of the flows of others, those that are to be known, too: without their actions. */
  readonly isBeside: (flow: Pick<FlowText, 'table' | 'match'>) => boolean;
}

/** Our flows on one bridge, as far as they are known: read once, and kept by our own changes and what the switch tells. */
export class FlowReplica {
  readonly #bridge: FlowBridge;
  readonly #kept: Kept;
  #flows: Map<string, FlowText> | undefined;

  constructor(bridge: FlowBridge, kept: Kept) {
    this.#bridge = bridge;
    this.#kept = kept;
  }

  /** All of ours, and those beside them: a live view; undefined while they are not known. */
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
    for (const read of flows) {
      const flow = this.#keep(read);
      if (!flow) continue;
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
    const heard = toFlowText(this.#bridge, entry);
    const key = flowKey(heard);
    const present = this.#flows?.get(key);
    const flow = this.#keep(heard);
    if (kind === 'removed' || !flow) return present && this.#lose(key, present);
    if (same(present, flow)) return undefined;
    this.#flows?.set(key, flow);
    return { kind: present ? 'modified' : 'added', flow };
  }

  /** As it is kept; undefined when it is not. */
  #keep(flow: FlowText): FlowText | undefined {
    if (this.#kept.isOurs(flow.cookie)) return flow;
    return this.#kept.isBeside(flow) ? { ...flow, actions: '' } : undefined;
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
