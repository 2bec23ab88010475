import type { HostFacts } from '../../src/compile/host-facts.ts';
import type { FlowText } from '../../src/openflow/flow.ts';
import type { FlowTables } from '../../src/openflow/flow-key.ts';
import type { Step } from '../../src/plan/step.ts';
import type { ReportPort, SwitchPort, TapStore } from '../../src/reconcile/ports.ts';
import type { ReconcileTrace } from '../../src/reconcile/trace.ts';
import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import type { StatusReport } from '../../src/tap/event.ts';
import { flowTables } from '../compile/builders.ts';
import { applyFlowMods } from '../plan/apply-flow-mods.ts';
import { applyStep, type Model } from '../plan/model.ts';

/** What is to fail next: each call takes the first; `undefined` lets it pass. */
class Faults {
  #next: Error[] = [];

  fail(error: Error, times = 1): void {
    for (let count = 0; count < times; count += 1) this.#next.push(error);
  }

  check(): void {
    const error = this.#next.shift();
    if (error) throw error;
  }
}

/** A disk in memory. */
export class MemoryStore implements TapStore {
  readonly faults = new Faults();
  saved: DesiredState = emptyState;
  saves = 0;

  async save(state: DesiredState): Promise<void> {
    this.faults.check();
    this.saves += 1;
    this.saved = state;
  }
}

/** The planner's model of a switch behind the loop's port, with faults at will. */
export class MemorySwitch implements SwitchPort {
  readonly faults = new Faults();
  readonly readFaults = new Faults();
  model: Model;
  /** Whether it tells of changes of flows by others. */
  flowsWatched = true;
  #known: readonly FlowText[] | undefined;
  isThere = true;
  reads = 0;
  applied: Step[] = [];
  /** Every apply waits for it. */
  gate: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<Parameters<SwitchPort['onChange']>[0]>();

  constructor(facts: HostFacts) {
    this.model = { facts, flows: [] };
  }

  facts(): HostFacts | undefined {
    return this.isThere ? this.model.facts : undefined;
  }

  async readFlows(_facts: HostFacts, how: 'known' | 'afresh'): Promise<FlowTables> {
    if (how === 'known' && this.#known) return flowTables(this.#known);
    this.readFaults.check();
    this.reads += 1;
    this.#known = this.model.flows;
    return flowTables(this.#known);
  }

  async apply(step: Step): Promise<void> {
    await this.gate;
    this.faults.check();
    this.model = applyStep(this.model, step);
    this.applied.push(step);
    if (step.kind === 'flows') this.#known = this.#known && applyFlowMods(this.#known, step.mods);
  }

  onChange(listener: Parameters<SwitchPort['onChange']>[0]): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Somebody else changes the switch, and its database tells. */
  change(change: (model: Model) => Model): void {
    this.model = change(this.model);
    this.tell();
  }

  /** Somebody else changes flows, and the switch tells. */
  changeFlows(change: (flows: readonly FlowText[]) => readonly FlowText[]): void {
    this.model = { ...this.model, flows: change(this.model.flows) };
    this.#known = this.model.flows;
    this.tell();
  }

  tell(): void {
    for (const listener of this.#listeners) listener('changed');
  }
}

/** A broker in memory. */
export class MemoryBroker implements ReportPort {
  readonly faults = new Faults();
  readonly got: StatusReport[] = [];

  async report(report: StatusReport): Promise<void> {
    this.faults.check();
    this.got.push(report);
  }
}

/** Keeps what the loop tells. */
export class Story {
  readonly events: ReconcileTrace[] = [];
  readonly tell = (event: ReconcileTrace): void => {
    this.events.push(event);
  };

  of<K extends ReconcileTrace['kind']>(kind: K): Extract<ReconcileTrace, { kind: K }>[] {
    return this.events.filter((event): event is Extract<ReconcileTrace, { kind: K }> => event.kind === kind);
  }
}
