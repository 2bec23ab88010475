import type { ResourceName, Resources } from '../contract/resources.ts';
import { allowed, given, type Kind, optional, required } from './attribute.ts';
import { oneOf, printableText, projectId, text, uuid, vlanFilter } from './attribute-values.ts';

/** Rows as the API shows them. */
export type TapView<R extends ResourceName> = Resources[R] & { readonly tenant_id: string };

export type TapKind<R extends ResourceName> = Kind<R, TapView<R>>;

const id = given(uuid, 'The id that the server gave it');
const status = given(
  oneOf(['DOWN', 'ACTIVE', 'ERROR', 'PENDING_DELETE']),
  'DOWN: no switch has confirmed it yet; PENDING_DELETE: its removal is under way',
);
const tenant = allowed(projectId, 'The older name of project_id, always equal to it');
const project = allowed(
  projectId,
  "The project that it belongs to, the caller's own unless an administrator says otherwise",
);
const description = optional(text(1024), '', true, 'A description for people');

/** neutron_lib/api/definitions/taas.py; lengths are those of Neutron's tables, which answers 500 past them. */
export const tapServices: TapKind<'tap_service'> = {
  resource: 'tap_service',
  collection: 'tap_services',
  path: '/v2.0/taas/tap_services',
  attributes: {
    id,
    tenant_id: tenant,
    name: optional(printableText(255), '', true, 'A name for people, not necessarily unique'),
    description,
    port_id: required(uuid, 'The port where copies are delivered'),
    status,
    project_id: project,
  },
};

/** Likewise; vlan_filter comes after the others, as an extension's attribute does (vlan_filter.py). */
export const tapFlows: TapKind<'tap_flow'> = {
  resource: 'tap_flow',
  collection: 'tap_flows',
  path: '/v2.0/taas/tap_flows',
  attributes: {
    id,
    tenant_id: tenant,
    name: optional(text(255), '', true, 'A name for people, not necessarily unique'),
    description,
    tap_service_id: required(uuid, 'The tap service that the copies go to'),
    source_port: required(uuid, 'The port whose frames are copied'),
    direction: required(oneOf(['IN', 'OUT', 'BOTH']), 'IN: frames towards the port; OUT: frames from it'),
    status,
    vlan_filter: optional(vlanFilter, null, false, 'VLAN ids and ranges to copy, such as "10-20,30"; null: all'),
    project_id: project,
  },
};
