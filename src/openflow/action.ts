import type { FieldName, Part } from './fields.ts';
import type { MatchTerm } from './match-terms.ts';

/** Where a flow that `learn` makes has a value from: the frame that is at hand, or a constant. */
export type LearnSource =
  | { readonly kind: 'field'; readonly part: Part }
  | { readonly kind: 'value'; readonly value: bigint };

/** What a learnt flow does with it; the number of bits is that of the part (nicira-ext.h, "flow_mod_spec"). */
export type LearnSpec =
  | { readonly kind: 'match'; readonly to: Part; readonly from: LearnSource }
  | { readonly kind: 'load'; readonly to: Part; readonly from: LearnSource }
  | { readonly kind: 'output'; readonly from: Part };

/** Timeouts in seconds, 0 for none. */
export interface Learn {
  readonly kind: 'learn';
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly finIdleTimeout: number;
  readonly finHardTimeout: number;
  /** A flow of its own is removed with the last flow that learns with its cookie. */
  readonly deleteLearned: boolean;
  readonly sendFlowRemoved: boolean;
  readonly specs: readonly LearnSpec[];
}

/**
 * What a flow does: ovs-actions(7). Ports are numbers of OpenFlow 1.4; `maxLength` is in bytes. `meter` and `goto_table` are
 * instructions of OpenFlow, which ovs-ofctl writes like actions. What we do not know is kept as it is on the wire, in hex.
 */
export type WireAction =
  | { readonly kind: 'output'; readonly port: number; readonly maxLength: number }
  | { readonly kind: 'output_trunc'; readonly port: number; readonly maxLength: number }
  | { readonly kind: 'push_vlan'; readonly etherType: number }
  | { readonly kind: 'pop_vlan' }
  | { readonly kind: 'set_field'; readonly field: FieldName; readonly value: bigint }
  | { readonly kind: 'load'; readonly to: Part; readonly value: bigint }
  | { readonly kind: 'move'; readonly from: Part; readonly to: Part }
  | { readonly kind: 'resubmit'; readonly port: number | undefined; readonly table: number | undefined }
  | Learn
  | { readonly kind: 'clone'; readonly actions: readonly WireAction[] }
  | { readonly kind: 'meter'; readonly id: number }
  | { readonly kind: 'goto_table'; readonly table: number }
  | { readonly kind: 'opaque-action'; readonly bytes: string }
  | { readonly kind: 'opaque-instruction'; readonly bytes: string };

/** A flow in a switch's table, taken apart. */
export interface FlowEntry {
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly match: readonly MatchTerm[];
  readonly actions: readonly WireAction[];
}
