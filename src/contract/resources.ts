/**
 * The resources of Neutron's TaaS API, keys as the API spells them. `tenant_id` is the older name of `project_id`; the API
 * shows both, so it is added where an answer is written and is not part of a row.
 */

/** DOWN: not confirmed by the switch yet, or its port is not plugged. PENDING_DELETE: waits for the agent to have removed it. */
export type Status = 'DOWN' | 'ACTIVE' | 'ERROR' | 'PENDING_DELETE';

export type Direction = 'IN' | 'OUT' | 'BOTH';

export interface TapService {
  /** UUID, lower case, as all ids. */
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  /** The port where copies are delivered. */
  readonly port_id: string;
  readonly status: Status;
}

export interface TapFlow {
  readonly id: string;
  readonly project_id: string;
  readonly tap_service_id: string;
  readonly name: string;
  readonly description: string;
  /** The port whose frames are copied. */
  readonly source_port: string;
  readonly direction: Direction;
  readonly status: Status;
  /** VLAN ids and ranges such as "10-20,30". */
  readonly vlan_filter: string | null;
}

/** A port of the inventory, as far as there is something to say of it without Neutron. */
export interface Port {
  /** `external_ids:iface-id` of its interface. */
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly network_id: string;
  /** Empty when the interface names none (`external_ids:attached-mac`). */
  readonly mac_address: string;
  /** ACTIVE: plugged now; DOWN: was plugged there last. */
  readonly status: 'ACTIVE' | 'DOWN';
  readonly 'binding:host_id': string;
}

/** The ports with one VLAN tag: without Neutron there is no more to know of a network. */
export interface Network {
  readonly id: string;
  readonly name: string;
  /** The VLAN tag on the switches; null: none. */
  readonly 'provider:segmentation_id': number | null;
}

export interface Resources {
  readonly tap_service: TapService;
  readonly tap_flow: TapFlow;
}

/** The two resources that users create. */
export type ResourceName = keyof Resources;

/** What a create gives, checked and with the defaults in place. */
export type Creation = {
  readonly tap_service: Omit<TapService, 'id' | 'status'>;
  readonly tap_flow: Omit<TapFlow, 'id' | 'status'>;
};

/** What an update may change. */
export interface Update {
  readonly name?: string;
  readonly description?: string;
}
