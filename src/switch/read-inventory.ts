import type { PortVlans } from '../compile/host-facts.ts';
import type { PortInventory, ReportedPort } from '../contract/agent-report.ts';
import { readPort } from './read-facts.ts';
import { type InterfaceRow, type Rows, rowNamed } from './tables.ts';

export interface InventoryNames {
  readonly integration: string;
  readonly tunnel: string | null;
}

function vlanOf(vlans: PortVlans): number | null {
  if (vlans.kind === 'dead') return null;
  const vid = vlans.kind === 'trunk' ? vlans.native : vlans.vid;
  return vid === 0 ? null : vid;
}

function interfacesOf(rows: Rows, bridge: string): { readonly portRow: string; readonly device: InterfaceRow }[] {
  const ports = rowNamed(rows, 'Bridge', bridge)?.[1].ports ?? [];
  return [...ports].flatMap((portRow) => {
    const [id] = rows.table('Port').get(portRow)?.interfaces ?? [];
    const device = id === undefined ? undefined : rows.table('Interface').get(id);
    return device ? [{ portRow, device }] : [];
  });
}

/** Only what carries an `iface-id` is somebody's port; the bridge's own, patch ports and tunnels do not. */
function readReported(rows: Rows, portRow: string, device: InterfaceRow): ReportedPort[] {
  const [port] = readPort(rows, portRow);
  if (!port?.portId) return [];
  const ids = device.external_ids;
  return [
    {
      portId: port.portId,
      interfaceName: device.name,
      portName: ids.get('port-name') || null,
      mac: port.mac ?? null,
      vlan: vlanOf(port.vlans),
      projectId: ids.get('project-id') || null,
      plugged: port.ofport !== undefined && port.vlans.kind !== 'dead',
    },
  ];
}

/** Where other hosts send to, as the tunnels to them say (`options:local_ip`). */
function tunnelAddress(rows: Rows, bridge: string | null): string | null {
  if (bridge === null) return null;
  const addresses = interfacesOf(rows, bridge).flatMap(({ device }) => device.options.get('local_ip') ?? []);
  return addresses.sort()[0] ?? null;
}

/** The ports of the integration bridge, in the order of their ids; of two with one id the one that is plugged. */
export function readInventory(rows: Rows, host: string, names: InventoryNames): PortInventory {
  const reported = new Map<string, ReportedPort>();
  for (const { portRow, device } of interfacesOf(rows, names.integration)) {
    for (const port of readReported(rows, portRow, device)) {
      if (!reported.get(port.portId)?.plugged) reported.set(port.portId, port);
    }
  }
  const ports = [...reported.values()].sort((a, b) => (a.portId < b.portId ? -1 : 1));
  return { host, tunnelAddress: tunnelAddress(rows, names.tunnel), ports };
}
