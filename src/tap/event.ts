import type { TapFlow, TapService } from './tap.ts';

/**
 * What the bus tells us about taps: Neutron's four RPC methods, decoded, and one of taas-server's. `host` is the host that the message names,
 * the one whose agent reports the status; null when Neutron no longer knows it. `recast` marks a create of a row that
 * Neutron already believes ACTIVE: the answer to `sync_tap_resources`, not a user's new tap. `taps_snapshot` names all taps that
 * there are: whatever else we hold was deleted without our knowing.
 */
export type TapEvent =
  | {
      readonly kind: 'create_tap_service';
      readonly host: string | null;
      /** Where tunnels reach the host of the service's port; null: not told. Only taas-server knows it. */
      readonly tunnelAddress: string | null;
      readonly recast: boolean;
      readonly tapService: TapService;
    }
  | { readonly kind: 'delete_tap_service'; readonly host: string | null; readonly id: string }
  | {
      readonly kind: 'create_tap_flow';
      readonly host: string | null;
      readonly recast: boolean;
      readonly tapFlow: TapFlow;
    }
  | { readonly kind: 'delete_tap_flow'; readonly host: string | null; readonly id: string }
  | {
      readonly kind: 'taps_snapshot';
      readonly tapServices: ReadonlySet<string>;
      readonly tapFlows: ReadonlySet<string>;
    };

export type TapKind = 'tap_service' | 'tap_flow';

/** What an agent reports of a tap service or tap flow; INACTIVE lets Neutron erase a row that it is deleting. */
export type TapStatus = 'ACTIVE' | 'ERROR' | 'INACTIVE';

/** A status report on its way to Neutron's TaaS plugin. */
export interface StatusReport {
  readonly kind: TapKind;
  readonly id: string;
  readonly status: TapStatus;
}
