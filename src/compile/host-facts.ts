import type { TunnelType } from '../tap/tunnel-type.ts';

/**
 * What is on the host's switch, as far as taps need to know: values read from the OVSDB (ovs-vswitchd.conf.db(5)),
 * row ids being OVSDB's `_uuid`.
 */
export interface HostFacts {
  /** The bridge that VMs are plugged into; undefined while there is none. */
  readonly integration: BridgeFact | undefined;
  /** The bridge of the name that is to be br-tap, ours or not. */
  readonly tap: BridgeFact | undefined;
  /** The bridge with the tunnels to other hosts; undefined while there is none. */
  readonly tunnel: BridgeFact | undefined;
  /** Tunnels on other bridges than that, whoever made them. */
  readonly otherTunnels: readonly OtherTunnel[];
  /** How many VLAN headers the switch looks at (`Open_vSwitch.other_config:vlan-limit`); 0 = as many as there are. */
  readonly vlanLimit: number;
  /** The network interfaces that tunnels leave by, as far as they are known. */
  readonly underlays: readonly UnderlayFact[];
}

/** A network interface of the host that tunnels leave by. */
export interface UnderlayFact {
  readonly name: string;
  /** Those of its addresses that tunnels name as theirs. */
  readonly addresses: readonly string[];
  /** The most bytes of an IP packet, its header included; undefined where nobody can tell. */
  readonly mtu: number | undefined;
}

export interface OtherTunnel {
  /** Of its interface. */
  readonly name: string;
  readonly type: TunnelType;
  /** `options:in_key`, or `key`: what it takes in; any key, where flows are to look at it. */
  readonly key: number | typeof FLOW;
}

export interface BridgeFact {
  readonly rowId: string;
  readonly name: string;
  readonly owned: boolean;
  readonly datapathType: string;
  readonly failMode: string;
  /** Names of the flow tables by number. */
  readonly tableNames: ReadonlyMap<number, string>;
  readonly ports: readonly PortFact[];
  readonly mirrors: readonly MirrorFact[];
}

/**
 * Which VLANs a port's frames belong to on the bridge (`Port.vlan_mode`, `tag`). `access` and `tunnel` (dot1q-tunnel): all
 * of them to one; on a `tunnel` port the VM's own tag stays inside. `trunk`: to the one that the frame's tag names,
 * frames without a tag to `native` (0 = no VLAN). `dead`: Neutron has plugged the port, but not given it its VLAN.
 */
export type PortVlans =
  | { readonly kind: 'access' | 'tunnel'; readonly vid: number }
  | { readonly kind: 'trunk'; readonly native: number }
  | { readonly kind: 'dead' };

export interface PortFact {
  readonly rowId: string;
  readonly name: string;
  readonly owned: boolean;
  /** OpenFlow port number; undefined until the switch has given one, or when it cannot. */
  readonly ofport: number | undefined;
  /** Neutron's port UUID (`external_ids:iface-id`). */
  readonly portId: string | undefined;
  /** The VM's MAC address (`external_ids:attached-mac`). */
  readonly mac: string | undefined;
  readonly vlans: PortVlans;
  /**
   * The most bytes of a frame behind its Ethernet header and tags (`Interface.mtu`); undefined until the switch tells it, and
   * for good where a port has none, as patch ports and tunnels.
   */
  readonly mtu: number | undefined;
  /** Set when the port is a patch port. */
  readonly patch: PatchFact | undefined;
  /** Set when the port is a tunnel of a kind that copies can travel through. */
  readonly tunnel: TunnelFact | undefined;
}

/** What stands for an address where each flow names it: ovs-vswitchd.conf.db(5), "Tunnel Options". */
export const FLOW = 'flow';

export interface TunnelFact {
  readonly type: TunnelType;
  /** `options:remote_ip`: the other host's address, or `flow` where each flow names it. */
  readonly remote: string;
  /** `options:local_ip`: this host's address; undefined where routing decides. */
  readonly local: string | undefined;
  /**
   * The interface that the switch sends it through (`Interface.status:tunnel_egress_iface`); undefined while there is no way to
   * the other host, and for good where each flow names it (seen on 3.1).
   */
  readonly egress: string | undefined;
}

export interface PatchFact {
  readonly peer: string;
  readonly ofportRequest: number | undefined;
  /** Carries no VLAN that NORMAL knows, and keeps priority tags; see `PatchPort.guarded`. */
  readonly guarded: boolean;
}

export interface MirrorFact {
  readonly rowId: string;
  readonly name: string;
  readonly owned: boolean;
  /** Row ids of the ports whose outgoing (IN) or incoming (OUT) frames it selects. */
  readonly selectDst: readonly string[];
  readonly selectSrc: readonly string[];
  /** Row id of the output port; undefined when there is none (the port was deleted). */
  readonly outputPort: string | undefined;
  /** False when somebody set what we never set: select_all, select_vlan, output_vlan, snaplen. */
  readonly plain: boolean;
}
