import type { HostFacts } from '../compile/host-facts.ts';
import type { PortInventory } from '../contract/agent-report.ts';
import type { FlowBridge, FlowCount, PacketOut } from '../openflow/flow.ts';
import type { FlowTables } from '../openflow/flow-key.ts';
import type { Step } from '../plan/step.ts';
import type { DesiredState } from '../tap/desired-state.ts';
import type { StatusReport } from '../tap/event.ts';

export type SwitchNews = 'changed' | 'back';

/** What the loop needs of the host's switch. Failures are SwitchErrors. */
export interface SwitchPort {
  /** The host's facts as of now; undefined while the switch's database cannot be read, or another agent holds it. */
  facts(): HostFacts | undefined;
  /**
   * All flows of ours on both bridges; a bridge that is not there has none. `known` ones are remembered from the last reading,
   * with what has been applied, and told by the switch, since then; `afresh` reads them from the switch. The tables may be
   * live views: they are to be looked at at once.
   */
  readFlows(facts: HostFacts, how: 'known' | 'afresh'): Promise<FlowTables>;
  /** Whether the switch tells at once when somebody else changes flows of ours; else `known` ones are but what we have done. */
  readonly flowsWatched: boolean;
  /** Resolves when the switch has confirmed the step, and facts() shows it. */
  apply(step: Step): Promise<void>;
  /**
   * Calls back whenever facts() or known flows may have changed, other than by apply, and when a connection with the switch
   * is back; answers how to stop that.
   */
  onChange(listener: (news: SwitchNews) => void): () => void;
}

/** What looking after places needs of the host's switch besides. Failures are SwitchErrors. */
export interface PlacePort extends Pick<SwitchPort, 'facts' | 'readFlows' | 'apply'> {
  /** Has the switch treat frames as the actions beside them say; resolves when it has. */
  sendFrames(bridge: FlowBridge, packets: readonly PacketOut[]): Promise<void>;
  /** What has met each flow whose cookie agrees with `cookie` in the bits of `mask`. */
  counters(bridge: FlowBridge, cookie: bigint, mask: bigint): Promise<readonly FlowCount[]>;
}

/** Where taps survive restarts. */
export interface TapStore {
  /** Resolves when the state is on disk; when it rejects, the one saved before it still counts. Calls never overlap. */
  save(state: DesiredState): Promise<void>;
}

/** Where the ports of this host are told. */
export interface InventoryPort {
  /** Resolves when the broker has confirmed it; `unwanted`: nobody is there who wants to know. */
  send(inventory: PortInventory): Promise<'sent' | 'unwanted'>;
}

/** The way to Neutron's TaaS plugin. */
export interface ReportPort {
  /** Resolves when the broker has confirmed the report. */
  report(report: StatusReport): Promise<void>;
}
