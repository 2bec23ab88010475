import type { RowOf } from '../../src/ovsdb-client/row.ts';
import {
  type BridgeRow,
  type InterfaceRow,
  type PortRow,
  type Rows,
  type SwitchTables,
  tables,
} from '../../src/switch/tables.ts';

type TableRows = { readonly [N in keyof SwitchTables]: Readonly<Record<string, RowOf<SwitchTables[N]>>> };

/** Rows by UUID, as the replica would have them; tables that are not named are empty. */
export function rowsOf(given: Partial<TableRows>): Rows {
  const maps = new Map(
    Object.keys(tables).map((name) => [name, new Map(Object.entries(given[name as keyof SwitchTables] ?? {}))]),
  );
  return {
    table: <N extends keyof SwitchTables>(name: N) =>
      (maps.get(name) ?? new Map()) as ReadonlyMap<string, RowOf<SwitchTables[N]>>,
  };
}

export const OURS: ReadonlyMap<string, string> = new Map([['owner', 'taas-agent']]);

export const rootRow = (
  rest: Partial<RowOf<SwitchTables['Open_vSwitch']>> = {},
): RowOf<SwitchTables['Open_vSwitch']> => ({
  bridges: new Set(),
  cur_cfg: 1,
  next_cfg: 1,
  other_config: new Map(),
  ...rest,
});

export const bridgeRow = (name: string, rest: Partial<BridgeRow> = {}): BridgeRow => ({
  name,
  datapath_type: 'netdev',
  fail_mode: undefined,
  flow_tables: new Map(),
  ports: new Set(),
  mirrors: new Set(),
  external_ids: new Map(),
  ...rest,
});

export const portRow = (name: string, rest: Partial<PortRow> = {}): PortRow => ({
  name,
  interfaces: new Set([`interface-${name}`]),
  tag: undefined,
  trunks: new Set(),
  protected: false,
  other_config: new Map(),
  vlan_mode: undefined,
  external_ids: new Map(),
  ...rest,
});

export const interfaceRow = (name: string, rest: Partial<InterfaceRow> = {}): InterfaceRow => ({
  name,
  type: '',
  options: new Map(),
  ofport: 5,
  ofport_request: undefined,
  mtu: 1500,
  status: new Map(),
  external_ids: new Map(),
  ...rest,
});

export const mirrorRow = (
  name: string,
  rest: Partial<RowOf<SwitchTables['Mirror']>> = {},
): RowOf<SwitchTables['Mirror']> => ({
  name,
  select_all: false,
  select_src_port: new Set(),
  select_dst_port: new Set(),
  select_vlan: new Set(),
  output_port: undefined,
  output_vlan: undefined,
  snaplen: undefined,
  external_ids: new Map(),
  ...rest,
});

/** br-int with one port, which can be changed row by row. */
export function onePort(port: Partial<PortRow> = {}, device: Partial<InterfaceRow> = {}): Rows {
  return rowsOf({
    Open_vSwitch: { root: rootRow() },
    Bridge: { int: bridgeRow('br-int', { ports: new Set(['port-a']) }) },
    Port: { 'port-a': portRow('a', port) },
    Interface: { 'interface-a': interfaceRow('a', device) },
  });
}
