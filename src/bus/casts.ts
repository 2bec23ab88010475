import type { PortInventory, ReportedPort } from '../contract/agent-report.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { StatusReport } from '../tap/event.ts';

/** One RPC of ours to the control plane: Neutron's TaaS plugin, or ours. */
export interface Cast {
  readonly method: 'set_tap_service_status' | 'set_tap_flow_status' | 'sync_tap_resources' | 'report_ports';
  readonly args: Readonly<Record<string, unknown>>;
}

function statusMethod(kind: StatusReport['kind']): Cast['method'] {
  switch (kind) {
    case 'tap_service':
      return 'set_tap_service_status';
    case 'tap_flow':
      return 'set_tap_flow_status';
    default:
      return assertNever(kind);
  }
}

/** Tells the plugin the status of a tap service or tap flow. */
export function statusCast(report: StatusReport, host: string): Cast {
  return { method: statusMethod(report.kind), args: { msg: { id: report.id }, status: report.status, host } };
}

/** Asks the plugin to cast what it believes ACTIVE on this host once more. */
export function syncCast(host: string): Cast {
  return { method: 'sync_tap_resources', args: { sync_tap_res: { host_id: host }, host } };
}

function portArgs(port: ReportedPort): Readonly<Record<string, unknown>> {
  return {
    port_id: port.portId,
    interface_name: port.interfaceName,
    port_name: port.portName,
    mac: port.mac,
    vlan: port.vlan,
    project_id: port.projectId,
    plugged: port.plugged,
  };
}

/** Tells a control plane that keeps an inventory which ports this host has; not a method of Neutron's. */
export function inventoryCast({ host, tunnelAddress, ports }: PortInventory): Cast {
  return { method: 'report_ports', args: { host, tunnel_address: tunnelAddress, ports: ports.map(portArgs) } };
}
