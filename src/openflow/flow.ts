/** Which of the bridges a flow lives on. */
export type FlowBridge = 'integration' | 'tap' | 'tunnel';

export const FLOW_BRIDGES = ['integration', 'tap', 'tunnel'] as const satisfies readonly FlowBridge[];

/** Match on the outermost VLAN header: no VLAN (no header, or one of VLAN 0), or the bits of its VLAN id that `mask` names. */
export type VlanMatch =
  | { readonly kind: 'no-vlan' }
  | { readonly kind: 'tagged'; readonly vid: number; readonly mask: number };

/** The fields that our flows match. An absent field matches everything. MAC addresses are lower case with colons. */
export interface Match {
  readonly reg0?: number;
  readonly reg1?: number;
  readonly reg6?: number;
  /** The key of the tunnel that the frame came out of. */
  readonly tunnelKey?: number;
  readonly inPort?: number;
  readonly vlan?: VlanMatch;
  readonly ethSrc?: string;
  /** One destination, or every group address (broadcast and multicast). */
  readonly ethDst?: string | 'group';
}

/** The actions that our flows use; an empty list drops. */
export type Action =
  /** At most `maxLength` bytes of the frame, where that is given: not to a patch port. */
  | { readonly kind: 'output'; readonly port: number; readonly maxLength?: number }
  /** Back to where the frame came from, which `output` never does. */
  | { readonly kind: 'output_in_port' }
  | { readonly kind: 'pop_vlan' }
  | { readonly kind: 'push_vlan'; readonly vid: number }
  /** Changes the id in the outermost tag. */
  | { readonly kind: 'set_vlan'; readonly vid: number }
  /** Makes the switch tell frames of different senders apart: see tunnel-flows.ts. */
  | { readonly kind: 'look_at_sender' }
  | { readonly kind: 'set_tunnel_key'; readonly key: number }
  /** The host that a tunnel of `remote_ip=flow` sends to, IPv4. */
  | { readonly kind: 'set_tunnel_destination'; readonly address: string }
  | { readonly kind: 'load'; readonly register: 'reg0' | 'reg1'; readonly value: number }
  | { readonly kind: 'resubmit'; readonly table: number }
  | { readonly kind: 'clone'; readonly actions: readonly Action[] }
  | LearnPlace;

/**
 * Makes, or replaces, a flow for frames with the VLAN id of the frame at hand: they get this VLAN id, and reg6 the port that it
 * came in by. The flow goes when nothing learns with its cookie any more.
 */
export interface LearnPlace {
  readonly kind: 'learn_place';
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly vid: number;
}

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

/** A frame that the switch is given by us, and what it is to do with it, in the words of FlowText. */
export interface PacketOut {
  readonly actions: string;
  readonly frame: Uint8Array;
}

/** What has met a flow. */
export interface FlowCount {
  readonly cookie: bigint;
  readonly packets: bigint;
  readonly bytes: bigint;
}
