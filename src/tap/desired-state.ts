import type { StatusReport } from './event.ts';
import type { TapFlow, TapService } from './tap.ts';

/** A tap that we hold, with what we owe about it. */
export interface Held<Tap> {
  readonly tap: Tap;
  /** Names the tap in registers and cookies, unique among all taps held; not used again soon after a delete. */
  readonly number: number;
  /** The host whose agent reports this tap, as the last create named it. */
  readonly host: string | null;
  /** It was ACTIVE once: from then on a port that is away does not make it an ERROR. */
  readonly confirmed: boolean;
  /** ACTIVE is to be reported at the next confirmation. */
  readonly reportDue: boolean;
}

export interface HeldTapService extends Held<TapService> {
  /** Where tunnels reach the host of its port, as the last create told; null: nobody has. */
  readonly tunnelAddress: string | null;
}
export type HeldTapFlow = Held<TapFlow>;

/**
 * All that the agent knows of taps, and what it still owes to Neutron; this value is what survives a restart.
 * Invariants: every number occurs once; no two services share a `taas_id`; the taps hold no loop.
 */
export interface DesiredState {
  readonly tapServices: ReadonlyMap<string, HeldTapService>;
  readonly tapFlows: ReadonlyMap<string, HeldTapFlow>;
  /** The number given last; see `Held.number`. */
  readonly lastNumber: number;
  /** Ids deleted most recently, oldest first: a re-cast that overtook its delete must not bring a tap back. */
  readonly deleted: readonly string[];
  /** INACTIVE reports that wait until the switch has confirmed that nothing is left. */
  readonly departing: readonly StatusReport[];
  /** Reports that may go out, in order. */
  readonly reports: readonly StatusReport[];
}

export const emptyState: DesiredState = {
  tapServices: new Map(),
  tapFlows: new Map(),
  lastNumber: 0,
  deleted: [],
  departing: [],
  reports: [],
};
