import type { Network, Port } from '../contract/resources.ts';
import { type Attribute, given, type Kind } from './attribute.ts';
import { anyText, flag, foreignId, nothingYet, oneOf, projectId, vlanId } from './attribute-values.ts';

/** What Neutron's clients look for in a port, and what it is where no Neutron is: the same for all. */
const PORT_CONSTANTS = {
  description: '',
  admin_state_up: true,
  device_id: '',
  device_owner: '',
  fixed_ips: [] as readonly string[],
  security_groups: [] as readonly string[],
  'binding:vnic_type': 'normal',
  'binding:vif_type': 'ovs',
};

/** Likewise of a network. It is nobody's, and everybody sees it: a VLAN of the switches is no project's. */
const NETWORK_CONSTANTS = {
  description: '',
  tenant_id: '',
  project_id: '',
  admin_state_up: true,
  status: 'ACTIVE',
  shared: true,
  'router:external': false,
  subnets: [] as readonly string[],
};

export type PortView = Port & Readonly<typeof PORT_CONSTANTS> & { readonly tenant_id: string };
export type NetworkView = Network & Readonly<typeof NETWORK_CONSTANTS>;

export const portView = (port: Port): PortView => ({ ...PORT_CONSTANTS, ...port, tenant_id: port.project_id });
export const networkView = (network: Network): NetworkView => ({ ...NETWORK_CONSTANTS, ...network });

const id = given(foreignId, 'The id that it has on its host');
const name = given(anyText, 'A name for people');
const description = given(anyText, 'Always empty');
const up = given(flag, 'Always true');
const none = given(nothingYet, 'Always empty: addresses are not managed here');

export const ports: Kind<'port', PortView> = {
  resource: 'port',
  collection: 'ports',
  path: '/v2.0/ports',
  attributes: {
    id,
    name,
    network_id: given(foreignId, 'The network of its VLAN'),
    tenant_id: given(anyText, 'The older name of project_id'),
    mac_address: given(anyText, 'Lower case, colons; empty where the interface names none'),
    admin_state_up: up,
    status: given(oneOf(['ACTIVE', 'DOWN']), 'ACTIVE: plugged; DOWN: was plugged there last'),
    device_id: given(anyText, 'Always empty'),
    device_owner: given(anyText, 'Always empty'),
    fixed_ips: none,
    security_groups: none,
    description,
    project_id: given(anyText, 'The project that it belongs to'),
    'binding:host_id': given(anyText, 'The host where it is plugged, or was last'),
    'binding:vnic_type': given(anyText, 'Always normal'),
    'binding:vif_type': given(anyText, 'Always ovs'),
  },
};

const assigned: Attribute<string | null> = {
  schema: projectId.nullable(),
  post: 'refused',
  put: true,
  about: 'The project that it belongs to from now on; null: the one that its host names, else default',
};

/** What an administrator may change of a port. */
export const portAssignment: Readonly<Record<string, Attribute>> = {
  ...ports.attributes,
  tenant_id: assigned,
  project_id: assigned,
};

export const networks: Kind<'network', NetworkView> = {
  resource: 'network',
  collection: 'networks',
  path: '/v2.0/networks',
  attributes: {
    id,
    name,
    tenant_id: given(anyText, 'Always empty'),
    admin_state_up: up,
    status: given(anyText, 'Always ACTIVE'),
    shared: given(flag, 'Always true'),
    subnets: none,
    'router:external': given(flag, 'Always false'),
    'provider:segmentation_id': given(vlanId, 'The VLAN tag on the switches; null: none'),
    description,
    project_id: given(anyText, 'Always empty'),
  },
};
