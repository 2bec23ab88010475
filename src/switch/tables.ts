import { boolean, enumeration, integer, map, optional, set, string, uuid } from '../ovsdb-client/column-type.ts';
import { operationsFor } from '../ovsdb-client/operations-for.ts';
import type { RowOf, Tables } from '../ovsdb-client/row.ts';

/** What we read and write of the switch's database, ovs-vswitchd.conf.db(5). */
export const tables = {
  Open_vSwitch: { bridges: set(uuid), cur_cfg: integer, next_cfg: integer, other_config: map(string, string) },
  Bridge: {
    name: string,
    datapath_type: string,
    fail_mode: optional(enumeration('standalone', 'secure')),
    flow_tables: map(integer, uuid),
    ports: set(uuid),
    mirrors: set(uuid),
    external_ids: map(string, string),
  },
  Flow_Table: { name: optional(string), external_ids: map(string, string) },
  Port: {
    name: string,
    interfaces: set(uuid),
    tag: optional(integer),
    trunks: set(integer),
    protected: boolean,
    other_config: map(string, string),
    vlan_mode: optional(enumeration('access', 'dot1q-tunnel', 'native-tagged', 'native-untagged', 'trunk')),
    external_ids: map(string, string),
  },
  Interface: {
    name: string,
    type: string,
    options: map(string, string),
    ofport: optional(integer),
    ofport_request: optional(integer),
    mtu: optional(integer),
    status: map(string, string),
    external_ids: map(string, string),
  },
  Mirror: {
    name: string,
    select_all: boolean,
    select_src_port: set(uuid),
    select_dst_port: set(uuid),
    select_vlan: set(integer),
    output_port: optional(uuid),
    output_vlan: optional(integer),
    snaplen: optional(integer),
    external_ids: map(string, string),
  },
} satisfies Tables;

export type SwitchTables = typeof tables;
export type PortRow = RowOf<SwitchTables['Port']>;
export type InterfaceRow = RowOf<SwitchTables['Interface']>;
export type BridgeRow = RowOf<SwitchTables['Bridge']>;

export const { insert, select, update, mutate, assert, comment, rows } = operationsFor(tables);

/** Marks each row of ours; rows without it are never touched. */
export const OWNER = { key: 'owner', value: 'taas-agent' } as const;
export const ownerIds: ReadonlyMap<string, string> = new Map([[OWNER.key, OWNER.value]]);

export function isOwned(row: { readonly external_ids: ReadonlyMap<string, string> }): boolean {
  return row.external_ids.get(OWNER.key) === OWNER.value;
}

/** Port.other_config: a frame keeps the tag of VLAN 0 that a VM gave it; by default the switch takes that off. */
export const KEEP_PRIORITY_TAGS = ['priority-tags', 'always'] as const;

/** Interface.status: the network interface that a tunnel leaves by. */
export const TUNNEL_EGRESS = 'tunnel_egress_iface';

/** A VLAN that no network has: Neutron gives it to ports that are not to be reached, and we to ports of our own. */
export const DEAD_VLAN = 4095;

/** Rows of the declared tables by UUID, as the replica has them. */
export interface Rows {
  table<N extends keyof SwitchTables>(name: N): ReadonlyMap<string, RowOf<SwitchTables[N]>>;
}

/** UUID and row of the bridge or port of that name. */
export function rowNamed<N extends 'Bridge' | 'Port'>(
  from: Rows,
  table: N,
  name: string,
): readonly [string, RowOf<SwitchTables[N]>] | undefined {
  return from
    .table(table)
    .entries()
    .find(([, row]) => row.name === name);
}
