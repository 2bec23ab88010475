import { FLOW } from '../compile/host-facts.ts';
import { isPatch, SERVICE_PATCH, type WantedPort } from '../compile/pipeline.ts';
import type { OwnBridge, WantedBridge, WantedMirror } from '../compile/wanted.ts';
import type { FlowBridge } from '../openflow/flow.ts';
import type { Operation } from '../ovsdb-client/operation.ts';
import type { NamedUuid, Uuid } from '../ovsdb-client/row.ts';
import type { RowChange } from '../plan/step.ts';
import { SwitchError } from '../reconcile/switch-error.ts';
import type { BridgeNames } from './read-facts.ts';
import { DEAD_VLAN, insert, KEEP_PRIORITY_TAGS, mutate, ownerIds, type Rows, rowNamed, update } from './tables.ts';

/** The rows that a transaction hangs its changes on. */
export interface Anchors {
  readonly rows: Rows;
  readonly names: BridgeNames;
}

/** Stands for a bridge of ours in the transaction that creates it. */
const newBridge = (role: OwnBridge): NamedUuid => ({ named: `${role}_bridge` });

function rootId({ rows }: Anchors): Uuid {
  const [id] = rows.table('Open_vSwitch').keys();
  if (id === undefined) throw new SwitchError('unreachable', 'the database has no Open_vSwitch row');
  return id;
}

function bridgeId({ rows, names }: Anchors, role: FlowBridge): Uuid | undefined {
  const name = names[role];
  return name === null ? undefined : rowNamed(rows, 'Bridge', name)?.[0];
}

function existingBridge(anchors: Anchors, role: FlowBridge): Uuid {
  const id = bridgeId(anchors, role);
  if (id === undefined) throw new SwitchError('refused', `bridge ${anchors.names[role]} is gone`);
  return id;
}

function portId({ rows }: Anchors, name: string): Uuid {
  const id = rowNamed(rows, 'Port', name)?.[0];
  if (id === undefined) throw new SwitchError('refused', `port ${name} is gone`);
  return id;
}

function flowTables({ role, tableNames }: WantedBridge): {
  inserts: Operation[];
  column: ReadonlyMap<number, NamedUuid>;
} {
  const named = [...tableNames].map(([number, name]) => ({ number, name, id: { named: `${role}_table_${number}` } }));
  return {
    inserts: named.map(({ name, id }) => insert('Flow_Table', { name, external_ids: ownerIds }, id)),
    column: new Map(named.map(({ number, id }) => [number, id])),
  };
}

function createBridge(anchors: Anchors, bridge: WantedBridge): Operation[] {
  const { role } = bridge;
  const name = anchors.names[role];
  if (name === null) throw new SwitchError('refused', `the settings name no ${role} bridge`);
  const tables = flowTables(bridge);
  const device = { named: `${role}_device` };
  const port = { named: `${role}_port` };
  return [
    ...tables.inserts,
    insert('Interface', { name, type: 'internal', external_ids: ownerIds }, device),
    insert('Port', { name, interfaces: [device], external_ids: ownerIds }, port),
    insert(
      'Bridge',
      {
        name,
        datapath_type: bridge.datapathType,
        fail_mode: bridge.failMode,
        flow_tables: tables.column,
        ports: [port],
        external_ids: ownerIds,
      },
      newBridge(role),
    ),
    mutate('Open_vSwitch', [['_uuid', '==', rootId(anchors)]], [['bridges', 'insert', [newBridge(role)]]]),
  ];
}

function updateBridge(rowId: Uuid, bridge: WantedBridge): Operation[] {
  const tables = flowTables(bridge);
  const row = { datapath_type: bridge.datapathType, fail_mode: bridge.failMode, flow_tables: tables.column };
  return [...tables.inserts, update('Bridge', [['_uuid', '==', rowId]], row)];
}

function interfaceRow(port: WantedPort) {
  const { ofportRequest } = port;
  if (isPatch(port)) return { type: 'patch', options: new Map([['peer', port.peer]]), ofport_request: ofportRequest };
  const local = port.local === undefined ? [] : [['local_ip', port.local] as const];
  const options = new Map([['remote_ip', FLOW], ['key', FLOW], ...local]);
  return { type: port.type, options, ofport_request: ofportRequest };
}

const plainVlan = { vlan_mode: undefined, trunks: [], tag: undefined, other_config: new Map() } as const;

const vlanColumns = (port: WantedPort) =>
  isPatch(port) && port.guarded
    ? ({ ...plainVlan, vlan_mode: 'trunk', trunks: [DEAD_VLAN], other_config: new Map([KEEP_PRIORITY_TAGS]) } as const)
    : plainVlan;

function createPort(anchors: Anchors, port: WantedPort): Operation[] {
  const suffix = port.name.replaceAll('-', '_');
  const device = { named: `device_${suffix}` };
  const row = { named: `port_${suffix}` };
  const bridge =
    port.bridge === 'integration'
      ? existingBridge(anchors, port.bridge)
      : (bridgeId(anchors, port.bridge) ?? newBridge(port.bridge));
  return [
    insert('Interface', { name: port.name, ...interfaceRow(port), external_ids: ownerIds }, device),
    insert('Port', { name: port.name, interfaces: [device], ...vlanColumns(port), external_ids: ownerIds }, row),
    mutate('Bridge', [['_uuid', '==', bridge]], [['ports', 'insert', [row]]]),
  ];
}

function updatePort({ rows }: Anchors, rowId: Uuid, port: WantedPort): Operation[] {
  const devices = [...(rows.table('Port').get(rowId)?.interfaces ?? [])];
  return [
    update('Port', [['_uuid', '==', rowId]], vlanColumns(port)),
    ...devices.map((id) => update('Interface', [['_uuid', '==', id]], interfaceRow(port))),
  ];
}

const selectColumn = (way: WantedMirror['way']) => (way === 'IN' ? 'select_dst_port' : 'select_src_port');

function createMirror(anchors: Anchors, { name, way, outputPort, ports }: WantedMirror): Operation[] {
  const mirror = { named: `mirror_${name.replaceAll('-', '_')}` };
  const row = { name, output_port: portId(anchors, outputPort), [selectColumn(way)]: ports, external_ids: ownerIds };
  return [
    insert('Mirror', row, mirror),
    mutate('Bridge', [['_uuid', '==', existingBridge(anchors, 'integration')]], [['mirrors', 'insert', [mirror]]]),
  ];
}

/** Removal first: a port that moves within one transaction is then never in both mirrors, nor in none. */
function updateMirror({
  rowId,
  mirror,
  insert: added,
  remove,
}: Extract<RowChange, { kind: 'update-mirror' }>): Operation[] {
  const column = selectColumn(mirror.way);
  return [
    mutate(
      'Mirror',
      [['_uuid', '==', rowId]],
      [
        [column, 'delete', remove],
        [column, 'insert', added],
      ],
    ),
  ];
}

function operationsOf(anchors: Anchors, change: RowChange): Operation[] {
  switch (change.kind) {
    case 'create-bridge':
      return createBridge(anchors, change.bridge);
    case 'update-bridge':
      return updateBridge(change.rowId, change.bridge);
    case 'delete-bridge':
      return [mutate('Open_vSwitch', [['_uuid', '==', rootId(anchors)]], [['bridges', 'delete', [change.rowId]]])];
    case 'create-port':
      return createPort(anchors, change.port);
    case 'update-port':
      return updatePort(anchors, change.rowId, change.port);
    case 'delete-port': {
      const bridge = existingBridge(anchors, change.bridge);
      return [mutate('Bridge', [['_uuid', '==', bridge]], [['ports', 'delete', [change.rowId]]])];
    }
    case 'create-mirror':
      return createMirror(anchors, change.mirror);
    case 'update-mirror':
      return updateMirror(change);
    case 'delete-mirror': {
      const bridge = existingBridge(anchors, 'integration');
      return [mutate('Bridge', [['_uuid', '==', bridge]], [['mirrors', 'delete', [change.rowId]]])];
    }
    case 'barrier':
      return [];
  }
}

/**
 * The changes as operations of one transaction. Sets that others write too (a bridge's ports and mirrors) are mutated,
 * never overwritten.
 * @throws SwitchError when a row that the changes hang on is gone
 */
export function rowOperations(anchors: Anchors, changes: readonly RowChange[]): readonly Operation[] {
  return changes.flatMap((change) => operationsOf(anchors, change));
}

/** Makes the switch tell, in `cur_cfg`, when it has applied the transaction: `next_cfg` counts up and is read back. */
export function nextConfiguration(anchors: Anchors): readonly Operation[] {
  return [mutate('Open_vSwitch', [['_uuid', '==', rootId(anchors)]], [['next_cfg', '+=', 1]])];
}

const MIRROR_CHANGES: readonly RowChange['kind'][] = ['create-mirror', 'update-mirror', 'delete-mirror'];

export function changesMirrors(changes: readonly RowChange[]): boolean {
  return changes.some(({ kind }) => MIRROR_CHANGES.includes(kind));
}

/**
 * Open vSwitch (seen on 3.1) does not look at its cached datapath flows again when a Mirror row changes: traffic that is
 * under way goes on without copies, or with them, for as long as it lasts. It does when `protected` of any port changes.
 * On a guarded port the column has no other effect: NORMAL, which alone heeds it, never outputs there.
 */
export function revalidate({ rows }: Anchors): readonly Operation[] {
  const found = rowNamed(rows, 'Port', SERVICE_PATCH.integration.name);
  if (!found) return [];
  const [rowId, port] = found;
  return [update('Port', [['_uuid', '==', rowId]], { protected: !port.protected })];
}
