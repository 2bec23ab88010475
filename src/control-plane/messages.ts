import type { AgentCast } from '../contract/cast.ts';
import type { TapFlow, TapService } from '../contract/resources.ts';
import type { Lookup, PortView, ServiceRow } from './rows.ts';

/** A cast before it is stamped with its ids. */
export type Message = Pick<AgentCast, 'host' | 'method' | 'args'>;

/** Neutron's messages always name a MAC address; a port's own, where the agent knows it, wins over this. */
const UNKNOWN_MAC = '00:00:00:00:00:00';

/** The keys of Neutron's port that agents use, and those that make it recognisable in a log. */
function portDict(id: string, port: PortView | undefined) {
  return {
    id,
    name: port?.name ?? '',
    project_id: port?.projectId ?? '',
    mac_address: port?.mac ?? UNKNOWN_MAC,
    status: port?.plugged ? 'ACTIVE' : 'DOWN',
    'binding:host_id': port?.host ?? '',
    // Ours, not Neutron's: where copies for this port are to be sent to.
    tunnel_address: port?.tunnelAddress ?? null,
    'binding:vnic_type': 'normal',
  };
}

function withTenant<Row extends TapService | TapFlow>(row: Row) {
  return { ...row, tenant_id: row.project_id };
}

/**
 * A create or delete of a tap service for all agents, as Neutron's plugin casts it (neutron-taas,
 * `services/taas/agents/common/taas_agent.py`). The agent of `port.host` reports.
 */
export function serviceMessage(verb: 'create' | 'delete', row: ServiceRow, lookup: Lookup): Message {
  const port = lookup.port(row.port_id);
  const { taas_id: taasId, ...service } = row;
  return {
    host: null,
    method: `${verb}_tap_service`,
    args: {
      host: port?.host ?? null,
      tap_service_msg: { tap_service: withTenant(service), taas_id: taasId, port: portDict(row.port_id, port) },
    },
  };
}

/** The same of a tap flow. The agent of the source port's host reports. */
export function flowMessage(verb: 'create' | 'delete', row: TapFlow, lookup: Lookup): Message {
  const service = lookup.service(row.tap_service_id);
  const source = lookup.port(row.source_port);
  const servicePortId = service?.port_id ?? '';
  return {
    host: null,
    method: `${verb}_tap_flow`,
    args: {
      host: source?.host ?? null,
      tap_flow_msg: {
        tap_flow: withTenant(row),
        taas_id: service?.taas_id ?? 0,
        port: portDict(row.source_port, source),
        port_mac: source?.mac ?? UNKNOWN_MAC,
        tap_service_port: portDict(servicePortId, lookup.port(servicePortId)),
      },
    },
  };
}

/** Tells agents which taps there are: whatever else they hold is gone. Ours, not Neutron's. */
export function snapshotMessage(tapServices: readonly string[], tapFlows: readonly string[]): Message {
  return { host: null, method: 'taps_snapshot', args: { tap_services: tapServices, tap_flows: tapFlows } };
}

/** Asks all agents for their ports. Ours, not Neutron's. */
export const requestPortsMessage: Message = { host: null, method: 'request_ports', args: {} };
