import type { PortVlans } from '../compile/host-facts.ts';
import type { ReportedPort } from '../contract/agent-report.ts';
import { readPort } from './read-facts.ts';
import { type InterfaceRow, type Rows, rowNamed } from './tables.ts';

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

/** The ports of the integration bridge, in the order of their ids; of two with one id the one that is plugged. */
export function readPorts(rows: Rows, bridge: string): readonly ReportedPort[] {
  const reported = new Map<string, ReportedPort>();
  for (const { portRow, device } of interfacesOf(rows, bridge)) {
    for (const port of readReported(rows, portRow, device)) {
      if (!reported.get(port.portId)?.plugged) reported.set(port.portId, port);
    }
  }
  return [...reported.values()].sort((a, b) => (a.portId < b.portId ? -1 : 1));
}
