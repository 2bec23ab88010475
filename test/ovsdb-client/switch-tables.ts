import { enumeration, integer, map, optional, set, string, uuid } from '../../src/ovsdb-client/column-type.ts';
import type { Tables } from '../../src/ovsdb-client/row.ts';

/** Some of the tables of ovs-vswitchd.conf.db(5), with columns of every kind. */
export const switchTables = {
  Open_vSwitch: { cur_cfg: integer, next_cfg: integer, bridges: set(uuid), other_config: map(string, string) },
  Bridge: {
    name: string,
    ports: set(uuid),
    mirrors: set(uuid),
    fail_mode: optional(enumeration('standalone', 'secure')),
    external_ids: map(string, string),
  },
  Port: { name: string, interfaces: set(uuid), tag: optional(integer), trunks: set(integer) },
  Interface: { name: string, type: string, ofport: optional(integer), options: map(string, string) },
  Mirror: {
    name: string,
    select_src_port: set(uuid),
    output_port: optional(uuid),
    external_ids: map(string, string),
  },
} satisfies Tables;
