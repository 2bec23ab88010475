/** One thing to show of a resource: the heading over it, and the key that it has in the API. */
export interface Column {
  readonly heading: string;
  readonly key: string;
}

/** A kind of resource that the API serves, and how the command line speaks of it. */
export interface Kind {
  readonly noun: string;
  /** The key of one in a body; the key of many has an "s" more. */
  readonly key: 'tap_service' | 'tap_flow' | 'port';
  /** Of the collection, below /v2.0/. */
  readonly path: string;
  /** What `list` shows, in the order of openstackclient. */
  readonly columns: readonly Column[];
  /** What `show`, `create` and `update` show, as openstackclient: sorted, without the older name tenant_id. */
  readonly attributes: readonly Column[];
}

/** Of a tap: on the host of the port that this attribute names, an agent does the work. */
export interface TapKind extends Kind {
  readonly key: 'tap_service' | 'tap_flow';
  /** What it is called in commands. */
  readonly word: 'service' | 'flow';
  readonly worksAt: 'port_id' | 'source_port';
}

function column(heading: string, key: string = heading.toLowerCase()): Column {
  return { heading, key };
}

/** The columns are those of `openstack tap service list` (python-openstackclient, network/v2/taas/tap_service.py). */
export const tapServices: TapKind = {
  noun: 'tap service',
  key: 'tap_service',
  word: 'service',
  path: 'taas/tap_services',
  worksAt: 'port_id',
  columns: [column('ID'), column('Tenant', 'project_id'), column('Name'), column('Port', 'port_id'), column('Status')],
  attributes: ['description', 'id', 'name', 'port_id', 'project_id', 'status'].map((key) => column(key)),
};

/** The columns are those of `openstack tap flow list` (python-openstackclient, network/v2/taas/tap_flow.py). */
export const tapFlows: TapKind = {
  noun: 'tap flow',
  key: 'tap_flow',
  word: 'flow',
  path: 'taas/tap_flows',
  worksAt: 'source_port',
  columns: [
    column('ID'),
    column('Tenant', 'project_id'),
    column('Name'),
    column('Status'),
    column('source_port'),
    column('tap_service_id'),
    column('Direction'),
  ],
  attributes: [
    'description',
    'direction',
    'id',
    'name',
    'project_id',
    'source_port',
    'status',
    'tap_service_id',
    'vlan_filter',
  ].map((key) => column(key)),
};

const HOST = 'binding:host_id';

export const ports: Kind = {
  noun: 'port',
  key: 'port',
  path: 'ports',
  columns: [
    column('ID'),
    column('Name'),
    column('MAC', 'mac_address'),
    column('Host', HOST),
    column('Status'),
    column('Project', 'project_id'),
  ],
  attributes: [
    column('binding_host_id', HOST),
    ...['id', 'mac_address', 'name', 'network_id', 'project_id', 'status'].map((key) => column(key)),
  ],
};
