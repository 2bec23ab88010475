/** What an agent tells the control plane, decoded: Neutron's three RPC methods of that direction, and one of ours. */
export type AgentReport =
  | {
      readonly kind: 'status';
      readonly of: 'tap_service' | 'tap_flow';
      readonly id: string;
      /** INACTIVE: nothing of it is left. PENDING_DELETE: Neutron's own agent failed to remove it. */
      readonly status: 'ACTIVE' | 'ERROR' | 'INACTIVE' | 'PENDING_DELETE';
      readonly host: string;
    }
  /** The agent has connected: it wants to know all taps. */
  | { readonly kind: 'sync'; readonly host: string }
  | ({ readonly kind: 'ports' } & PortInventory);

/** All ports that one host's integration bridge has. A later inventory of the host replaces the former as a whole. */
export interface PortInventory {
  readonly host: string;
  /** Where other hosts' tunnels reach this one; null: not known. */
  readonly tunnelAddress: string | null;
  readonly ports: readonly ReportedPort[];
}

export interface ReportedPort {
  /** `external_ids:iface-id`, lower case. Anybody may write it: not necessarily a UUID. */
  readonly portId: string;
  /** The interface's name on its host. */
  readonly interfaceName: string;
  /** `external_ids:port-name`. */
  readonly portName: string | null;
  /** `external_ids:attached-mac`, lower case, colons. */
  readonly mac: string | null;
  /** The VLAN of an access or tunnel port, the native one of a trunk; null: none. */
  readonly vlan: number | null;
  /** `external_ids:project-id`. */
  readonly projectId: string | null;
  /** The switch serves it: it has a port number, and its VLAN is not the dead one. */
  readonly plugged: boolean;
}
