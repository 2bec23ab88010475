import {
  type BridgeFact,
  FLOW,
  type HostFacts,
  type MirrorFact,
  type OtherTunnel,
  type PatchFact,
  type PortFact,
  type PortVlans,
  type TunnelFact,
} from '../compile/host-facts.ts';
import { TUNNEL_TYPES } from '../tap/tunnel-type.ts';
import {
  type BridgeRow,
  DEAD_VLAN,
  type InterfaceRow,
  isOwned,
  KEEP_PRIORITY_TAGS,
  type PortRow,
  type Rows,
  rowNamed,
  TUNNEL_EGRESS,
} from './tables.ts';

/** The settings' names of the bridges; `tunnel` is null where there shall be none. */
export interface BridgeNames {
  readonly integration: string;
  readonly tap: string;
  readonly tunnel: string | null;
}

/** Open vSwitch's default for `other_config:vlan-limit` (ovs-vswitchd.conf.db(5)). */
const DEFAULT_VLAN_LIMIT = 1;

/** How the bridge sorts a port's frames into VLANs; a `tag` without `vlan_mode` means access, neither means trunk. */
function vlansOf({ tag, vlan_mode: mode }: PortRow): PortVlans {
  if (tag === DEAD_VLAN) return { kind: 'dead' };
  switch (mode ?? (tag === undefined ? 'trunk' : 'access')) {
    case 'access':
      return { kind: 'access', vid: tag ?? 0 };
    case 'dot1q-tunnel':
      return { kind: 'tunnel', vid: tag ?? 0 };
    case 'native-untagged':
      return { kind: 'trunk', native: tag ?? 0 };
    default:
      return { kind: 'trunk', native: 0 };
  }
}

function patchOf(port: PortRow, { type, options, ofport_request: ofportRequest }: InterfaceRow): PatchFact | undefined {
  if (type !== 'patch') return undefined;
  const [key, value] = KEEP_PRIORITY_TAGS;
  const onlyDead = port.vlan_mode === 'trunk' && port.trunks.size === 1 && port.trunks.has(DEAD_VLAN);
  const guarded = onlyDead && port.other_config.get(key) === value;
  return { peer: options.get('peer') ?? '', ofportRequest, guarded };
}

function tunnelOf({ type, options, status }: InterfaceRow): TunnelFact | undefined {
  const known = TUNNEL_TYPES.find((each) => each === type);
  const remote = options.get('remote_ip');
  if (!known || !remote) return undefined;
  return { type: known, remote, local: options.get('local_ip'), egress: status.get(TUNNEL_EGRESS) };
}

/** Anybody may write external_ids: what is no MAC address must not get into a flow. */
function macOf(text: string | undefined): string | undefined {
  const mac = text?.toLowerCase();
  return mac !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) ? mac : undefined;
}

function portFact(rowId: string, port: PortRow, device: InterfaceRow): PortFact {
  const { ofport, external_ids: ids } = device;
  return {
    rowId,
    name: port.name,
    owned: isOwned(port),
    ofport: ofport !== undefined && ofport > 0 ? ofport : undefined,
    portId: ids.get('iface-id')?.toLowerCase(),
    mac: macOf(ids.get('attached-mac')),
    vlans: vlansOf(port),
    mtu: device.mtu,
    patch: patchOf(port, device),
    tunnel: tunnelOf(device),
  };
}

/** What was read from a row, and the interface that it was read with. A row that changes is replaced by another object. */
const readBefore = new WeakMap<PortRow, { readonly device: InterfaceRow; readonly fact: PortFact }>();

/** None, when the port or its interface is not there. The same object again as long as neither row changes. */
export function readPort(rows: Rows, rowId: string): PortFact[] {
  const port = rows.table('Port').get(rowId);
  const [interfaceId] = port?.interfaces ?? [];
  const device = interfaceId === undefined ? undefined : rows.table('Interface').get(interfaceId);
  if (!port || !device) return [];
  const known = readBefore.get(port);
  if (known?.device === device) return [known.fact];
  const fact = portFact(rowId, port, device);
  readBefore.set(port, { device, fact });
  return [fact];
}

function readMirror(rows: Rows, rowId: string): MirrorFact[] {
  const mirror = rows.table('Mirror').get(rowId);
  if (!mirror) return [];
  const { select_all: all, select_vlan: vlans, output_vlan: outputVlan, snaplen } = mirror;
  return [
    {
      rowId,
      name: mirror.name,
      owned: isOwned(mirror),
      selectDst: [...mirror.select_dst_port],
      selectSrc: [...mirror.select_src_port],
      outputPort: mirror.output_port,
      plain: !all && vlans.size === 0 && outputVlan === undefined && snaplen === undefined,
    },
  ];
}

function readBridge(rows: Rows, name: string): BridgeFact | undefined {
  const found = rowNamed(rows, 'Bridge', name);
  if (!found) return undefined;
  const [rowId, bridge] = found;
  return {
    rowId,
    name,
    owned: isOwned(bridge),
    datapathType: bridge.datapath_type,
    failMode: bridge.fail_mode ?? 'standalone',
    tableNames: tableNames(rows, bridge),
    // The bridge's own port comes and goes with it.
    ports: [...bridge.ports].flatMap((id) => readPort(rows, id)).filter((port) => port.name !== name),
    mirrors: [...bridge.mirrors].flatMap((id) => readMirror(rows, id)),
  };
}

function tableNames(rows: Rows, bridge: BridgeRow): ReadonlyMap<number, string> {
  const named = [...bridge.flow_tables].map(
    ([number, id]) => [number, rows.table('Flow_Table').get(id)?.name ?? ''] as const,
  );
  return new Map(named);
}

/** What the switch's database tells of a host. */
export type SwitchFacts = Omit<HostFacts, 'underlays'>;

function readOtherTunnels(rows: Rows, tunnel: BridgeFact | undefined): readonly OtherTunnel[] {
  const known = new Set(tunnel?.ports.map(({ name }) => name));
  const devices = [...rows.table('Interface').values()].filter(({ name }) => !known.has(name));
  return devices.flatMap(({ name, type: text, options }) => {
    const type = TUNNEL_TYPES.find((each) => each === text);
    const key = options.get('in_key') ?? options.get('key') ?? '0';
    return type ? [{ name, type, key: key === FLOW ? FLOW : Number(key) }] : [];
  });
}

/** The facts out of the replica. Depends on nothing else. */
export function readFacts(rows: Rows, names: BridgeNames): SwitchFacts {
  const [root] = rows.table('Open_vSwitch').values();
  const vlanLimit = root?.other_config.get('vlan-limit');
  const tunnel = names.tunnel === null ? undefined : readBridge(rows, names.tunnel);
  return {
    integration: readBridge(rows, names.integration),
    tap: readBridge(rows, names.tap),
    tunnel,
    otherTunnels: readOtherTunnels(rows, tunnel),
    vlanLimit: vlanLimit === undefined ? DEFAULT_VLAN_LIMIT : Number(vlanLimit),
  };
}
