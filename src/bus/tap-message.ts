import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { parseVlanFilter, type VlanRange } from '../tap/vlan-filter.ts';
import { anObject, uuid } from './message-values.ts';

/**
 * The arguments of Neutron's TaaS methods: strict about the keys that we use, blind to all others, as releases add keys.
 * Every rule's message completes the sentence "<key>: expected ..., got ...".
 */
const aMac = { error: 'expected a MAC address' };
const aTaasId = { error: 'expected a whole number from 1 to 4094' };
const aFilter = { error: 'expected VLAN ids and ranges such as "10-20,30", or null' };

const mac = z
  .string(aMac)
  .regex(/^[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$/i, aMac)
  .transform((text) => text.toLowerCase().replaceAll('-', ':'));

/** 0 and 4095 are reserved by IEEE 802.1Q, and taas_id travels as a VLAN id. */
const taasId = z.int(aTaasId).min(1, aTaasId).max(4094, aTaasId);

const vlanFilter = z
  .string(aFilter)
  .nullish()
  .transform((text, context): readonly VlanRange[] | null => {
    if (text === null || text === undefined || text === '') return null;
    const ranges = parseVlanFilter(text);
    if (ranges === undefined) context.addIssue({ code: 'custom', message: aFilter.error });
    return ranges ?? null;
  });

const host = z
  .string({ error: 'expected the name of a host, or null' })
  .nullish()
  .transform((text) => (text ? text : null));

/** A delete's port may be gone already. */
const port = z
  .object({ 'binding:vnic_type': z.string({ error: 'expected a string' }).nullish() }, anObject)
  .nullish()
  .transform((found) => found?.['binding:vnic_type'] ?? 'normal');

/** The service's port, of which taas-server also tells where tunnels reach its host: ours are over IPv4. */
const servicePort = z
  .object(
    {
      'binding:vnic_type': z.string({ error: 'expected a string' }).nullish(),
      tunnel_address: z.string().nullish().catch(null),
    },
    anObject,
  )
  .nullish()
  .transform((found) => ({
    vnicType: found?.['binding:vnic_type'] ?? 'normal',
    tunnelAddress: found?.tunnel_address && isIPv4(found.tunnel_address) ? found.tunnel_address : null,
  }));

/** A new row is DOWN; a create of an ACTIVE row is an answer to sync_tap_resources. */
const recast = z
  .unknown()
  .optional()
  .transform((status) => status === 'ACTIVE');

const service = z.object({ id: uuid, port_id: uuid, status: recast }, anObject);
const createdService = z.object({ tap_service: service, taas_id: taasId, port: servicePort }, anObject);
const deletedService = z.object({ tap_service: z.object({ id: uuid }, anObject), port }, anObject);

const direction = z.enum(['IN', 'OUT', 'BOTH'], { error: 'expected "IN", "OUT" or "BOTH"' });
const flow = z.object(
  { id: uuid, tap_service_id: uuid, source_port: uuid, direction, vlan_filter: vlanFilter, status: recast },
  anObject,
);
const createdFlow = z.object({ tap_flow: flow, port_mac: mac, port }, anObject);
const deletedFlow = z.object({ tap_flow: z.object({ id: uuid }, anObject), port }, anObject);

const ids = z.array(uuid, { error: 'expected a list of UUIDs' }).transform((list) => new Set(list));

/** Newer releases say `tap_service_msg`, older ones `tap_service`. */
export const tapMessage = {
  createTapService: {
    newer: z.object({ host, tap_service_msg: createdService }),
    older: z.object({ host, tap_service: createdService }),
  },
  deleteTapService: {
    newer: z.object({ host, tap_service_msg: deletedService }),
    older: z.object({ host, tap_service: deletedService }),
  },
  createTapFlow: z.object({ host, tap_flow_msg: createdFlow }),
  deleteTapFlow: z.object({ host, tap_flow_msg: deletedFlow }),
  tapsSnapshot: z.object({ tap_services: ids, tap_flows: ids }),
};
