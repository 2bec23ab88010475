import { randomUUID } from 'node:crypto';
import { enveloped, type Loose, rpcMessage } from '../bus/neutron-rpc.ts';

/** A Neutron port, as far as a tap names it. */
export interface TapPort {
  readonly portId: string;
  readonly mac: string;
}

export interface TapServiceSpec {
  readonly id: string;
  readonly taasId: number;
  readonly port: TapPort;
  /** The host that the messages name. */
  readonly host: string;
}

export interface TapFlowSpec {
  readonly id: string;
  readonly service: TapServiceSpec;
  readonly source: TapPort;
  /** The host of the source port, which the messages name. */
  readonly host: string;
}

/** One message to the agents, and the tap whose status answers it. */
export interface TapCast {
  readonly id: string;
  readonly answer: 'ACTIVE' | 'INACTIVE';
  readonly body: Buffer;
}

/** Messages as a real Neutron sent them, some 4 KB each: what is not told apart here stays as it was recorded. */
const recorded = {
  create_tap_service: rpcMessage('create_tap_service'),
  delete_tap_service: rpcMessage('delete_tap_service'),
  create_tap_flow: rpcMessage('create_tap_flow'),
  delete_tap_flow: rpcMessage('delete_tap_flow'),
};

function portDict(like: Loose, { portId, mac }: TapPort, host: string): Loose {
  return { ...like, id: portId, mac_address: mac, 'binding:host_id': host };
}

function bodyOf(method: keyof typeof recorded, args: Loose): Buffer {
  const ids = { _unique_id: randomUUID().replaceAll('-', ''), _context_request_id: `req-${randomUUID()}` };
  return Buffer.from(enveloped({ ...recorded[method], args, ...ids }));
}

function ofService(verb: 'create' | 'delete', { id, taasId, port, host }: TapServiceSpec): Buffer {
  const method = `${verb}_tap_service` as const;
  const { tap_service: like } = recorded[method].args;
  const row = { ...like.tap_service, id, port_id: port.portId };
  const message = { ...like, tap_service: row, taas_id: taasId, port: portDict(like.port, port, host) };
  return bodyOf(method, { tap_service: message, host });
}

function ofFlow(verb: 'create' | 'delete', { id, service, source, host }: TapFlowSpec): Buffer {
  const method = `${verb}_tap_flow` as const;
  const { tap_flow_msg: like } = recorded[method].args;
  const row = { ...like.tap_flow, id, tap_service_id: service.id, source_port: source.portId, direction: 'BOTH' };
  const message = {
    ...like,
    tap_flow: row,
    taas_id: service.taasId,
    port_mac: source.mac,
    port: portDict(like.port, source, host),
    tap_service_port: portDict(like.tap_service_port, service.port, service.host),
  };
  return bodyOf(method, { tap_flow_msg: message, host });
}

export const createService = (service: TapServiceSpec): TapCast => ({
  id: service.id,
  answer: 'ACTIVE',
  body: ofService('create', service),
});

export const deleteService = (service: TapServiceSpec): TapCast => ({
  id: service.id,
  answer: 'INACTIVE',
  body: ofService('delete', service),
});

/** Both directions of the source port. */
export const createFlow = (flow: TapFlowSpec): TapCast => ({
  id: flow.id,
  answer: 'ACTIVE',
  body: ofFlow('create', flow),
});

export const deleteFlow = (flow: TapFlowSpec): TapCast => ({
  id: flow.id,
  answer: 'INACTIVE',
  body: ofFlow('delete', flow),
});

/** `host` is where the source port is; where the sensor is unless told. */
export function newFlow(service: TapServiceSpec, source: TapPort, host: string = service.host): TapFlowSpec {
  return { id: randomUUID(), service, source, host };
}
