import { type AbandonedServices, abandonedServices, guardedServices } from '../compile/abandoned-services.ts';
import { carrierHolders } from '../compile/carrier-holders.ts';
import { type CompileInput, compile } from '../compile/compile.ts';
import { concernsHost } from '../compile/concerns-host.ts';
import type { HostFacts } from '../compile/host-facts.ts';
import { foreignTunnelKeys } from '../compile/tunnel-keys.ts';
import {
  type Compiled,
  type MtuFinding,
  nothingReusable,
  nothingWanted,
  type Outcomes,
  type Reusable,
  type Wanted,
} from '../compile/wanted.ts';
import type { FlowTable, FlowTables } from '../openflow/flow-key.ts';
import { arrivedServices } from '../plan/arrived-services.ts';
import { plan } from '../plan/plan.ts';
import { repairsOf } from '../plan/repairs.ts';
import type { Step } from '../plan/step.ts';
import type { DesiredState } from '../tap/desired-state.ts';
import type { SwitchPort } from './ports.ts';
import { SwitchError } from './switch-error.ts';

/** How a pass ended. `settled`: the switch has confirmed that it holds all that is wanted and nothing else of ours. */
export type PassResult =
  | {
      readonly kind: 'settled';
      readonly outcomes: Outcomes;
      /** By the ids of tap flows. */
      readonly warnings: ReadonlyMap<string, MtuFinding>;
      readonly steps: number;
      /** Names of what had been confirmed before, and was put right again. */
      readonly repairs: readonly string[];
      /** Numbers of services on this host that copies from other hosts were not delivered to before. */
      readonly arrived: readonly number[];
    }
  | { readonly kind: 'blocked'; readonly reason: string }
  | { readonly kind: 'away' };

/**
 * A pass needs a second round when a port moves between mirrors, or the facts changed meanwhile. One that has not settled
 * after so many is fighting with somebody.
 */
const MAX_ROUNDS = 10;

const nothingToDo: Compiled = {
  kind: 'wanted',
  wanted: nothingWanted,
  outcomes: { tapServices: new Map(), tapFlows: new Map() },
  warnings: new Map(),
  reusable: nothingReusable,
};

export interface PassOptions extends Pick<CompileInput, 'limits' | 'names' | 'host' | 'tunnel'> {
  readonly onStep: (step: Step, milliseconds: number) => void;
}

/** Compares the switch with what is wanted, and corrects it, until they agree. */
export class Pass {
  readonly #switch: SwitchPort;
  readonly #options: PassOptions;
  #afresh = false;
  #before: Reusable | undefined;
  #foreignKeys: ReadonlySet<number> = new Set();
  /** The services that were held at last; undefined before the first pass. */
  #held: DesiredState['tapServices'] | undefined;
  #abandoned: AbandonedServices | undefined;
  /** What the switch was confirmed to hold at last. */
  #settled: Wanted | undefined;

  constructor(switchPort: SwitchPort, options: PassOptions) {
    this.#switch = switchPort;
    this.#options = options;
  }

  /** Whether the switch tells at once when somebody else changes flows of ours. */
  get flowsWatched(): boolean {
    return this.#switch.flowsWatched;
  }

  /** Whether a change of the taps is one for the switch as it was found last. */
  concerns(before: DesiredState, after: DesiredState): boolean {
    const integration = this.#switch.facts()?.integration;
    const { host } = this.#options;
    // What keeps a service out of a network goes with the last flow that is held for it.
    const isGuarded = this.#abandoned === undefined || this.#abandoned.size > 0;
    return (
      !integration || isGuarded || concernsHost(before, after, { host, integration, foreignKeys: this.#foreignKeys })
    );
  }

  /** The next pass reads the flows from the switch instead of believing what is known of them. */
  forgetFlows(): void {
    this.#afresh = true;
  }

  /** @throws SwitchError */
  run(desired: DesiredState): Promise<PassResult> {
    const { onStep, ...rest } = this.#options;
    return this.#until((facts, { integration, tunnel }) => {
      const [holders, foreignKeys] = [carrierHolders(integration), foreignTunnelKeys(tunnel)];
      this.#foreignKeys = foreignKeys;
      const found = { carrierHolders: holders, foreignKeys, abandoned: this.#abandonedNow(desired, tunnel) };
      const result = compile({ ...rest, desired, facts, ...found, before: this.#before });
      if (result.kind === 'wanted') this.#before = result.reusable;
      return result;
    });
  }

  #abandonedNow(desired: DesiredState, tunnel: FlowTable): AbandonedServices {
    const before = this.#abandoned ?? guardedServices(tunnel);
    this.#abandoned = abandonedServices(desired, this.#held ?? new Map(), before);
    this.#held = desired.tapServices;
    return this.#abandoned;
  }

  /** Removes everything of ours from the switch. @throws SwitchError */
  clean(): Promise<PassResult> {
    return this.#until(() => nothingToDo);
  }

  /** Brings the switch to what `decide` wants. */
  async #until(decide: (facts: HostFacts, flows: FlowTables) => Compiled): Promise<PassResult> {
    const steps: Step[] = [];
    const repairs = () => (this.#settled ? repairsOf(steps, this.#settled) : []);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const facts = this.#switch.facts();
      if (!facts) return { kind: 'away' };
      const flows = await this.#knownFlows(facts);
      const compiled = decide(facts, flows);
      if (compiled.kind === 'blocked') return compiled;
      const due = plan(facts, flows, compiled.wanted);
      if (due.length === 0) {
        const repaired = repairs();
        this.#settled = compiled.wanted;
        const { outcomes, warnings, wanted } = compiled;
        const arrived = wanted.learnt.ports.size > 0 ? arrivedServices(steps) : [];
        return { kind: 'settled', outcomes, warnings, steps: steps.length, repairs: repaired, arrived };
      }
      steps.push(...due);
      for (const step of due) await this.#apply(step);
    }
    const [contested = 'nothing that was there before'] = repairs();
    const message = `the switch differs from what is wanted after ${MAX_ROUNDS} corrections, among others of ${contested}`;
    throw new SwitchError('refused', message);
  }

  async #knownFlows(facts: HostFacts): Promise<FlowTables> {
    const flows = await this.#switch.readFlows(facts, this.#afresh ? 'afresh' : 'known');
    this.#afresh = false;
    return flows;
  }

  async #apply(step: Step): Promise<void> {
    const started = performance.now();
    await this.#switch.apply(step);
    this.#options.onStep(step, performance.now() - started);
  }
}
