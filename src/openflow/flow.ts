/** Which of our bridges a flow lives on. */
export type FlowBridge = 'integration' | 'tap';

/** Match on the outermost VLAN header: no VLAN (no header, or one of VLAN 0), or the bits of its VLAN id that `mask` names. */
export type VlanMatch =
  | { readonly kind: 'no-vlan' }
  | { readonly kind: 'tagged'; readonly vid: number; readonly mask: number };

/** The fields that our flows match. An absent field matches everything. MAC addresses are lower case with colons. */
export interface Match {
  readonly reg0?: number;
  readonly reg1?: number;
  readonly inPort?: number;
  readonly vlan?: VlanMatch;
  readonly ethSrc?: string;
  /** One destination, or every group address (broadcast and multicast). */
  readonly ethDst?: string | 'group';
}

/** The actions that our flows use; an empty list drops. */
export type Action =
  | { readonly kind: 'output'; readonly port: number }
  | { readonly kind: 'pop_vlan' }
  | { readonly kind: 'push_vlan'; readonly vid: number }
  | { readonly kind: 'load'; readonly register: 'reg0' | 'reg1'; readonly value: number }
  | { readonly kind: 'resubmit'; readonly table: number }
  | { readonly kind: 'clone'; readonly actions: readonly Action[] };

/** A flow as we want it. */
export interface Flow {
  readonly bridge: FlowBridge;
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly match: Match;
  readonly actions: readonly Action[];
}

/**
 * A flow in the words in which `ovs-ofctl --no-names dump-flows` prints it (ovs-fields(7), ovs-actions(7)). Two flows with
 * equal bridge, table, priority and match are the same flow to the switch.
 */
export interface FlowText {
  readonly bridge: FlowBridge;
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly match: string;
  readonly actions: string;
}

/** A change of one flow. MODIFY_STRICT keeps counters and cookie; ADD replaces a flow of the same match, cookie and all. */
export interface FlowMod {
  readonly command: 'ADD' | 'MODIFY_STRICT' | 'DELETE_STRICT';
  readonly flow: FlowText;
}
