import { z } from 'zod';
import { anObject, uuid } from './message-values.ts';

/**
 * The arguments of what agents cast to the control plane: strict about the keys that we use, blind to all others, as
 * releases add keys. Every rule's message completes the sentence "<key>: expected ..., got ...".
 */
const aHost = { error: 'expected the name of a host' };
const aText = { error: 'expected a string, or null' };
const aVlan = { error: 'expected a VLAN id from 0 to 4095, or null' };

/** A host becomes a part of routing keys, which AMQP 0-9-1 limits to 255 bytes. */
const MAX_HOST_BYTES = 200;

const host = z
  .string(aHost)
  .min(1, aHost)
  .refine((name) => Buffer.byteLength(name) <= MAX_HOST_BYTES, aHost);

const text = z
  .string(aText)
  .nullish()
  .transform((given) => given ?? null);

const vlan = z
  .int(aVlan)
  .min(0, aVlan)
  .max(4095, aVlan)
  .nullish()
  .transform((given) => given ?? null);

const port = z
  .object(
    {
      port_id: z.string({ error: 'expected a string' }),
      interface_name: z.string({ error: 'expected a string' }),
      port_name: text,
      mac: text,
      vlan,
      project_id: text,
      plugged: z.boolean({ error: 'expected true or false' }),
    },
    anObject,
  )
  .transform((given) => ({
    portId: given.port_id,
    interfaceName: given.interface_name,
    portName: given.port_name,
    mac: given.mac,
    vlan: given.vlan,
    projectId: given.project_id,
    plugged: given.plugged,
  }));

const statuses = ['ACTIVE', 'ERROR', 'INACTIVE', 'PENDING_DELETE'] as const;

export const reportMessage = {
  /** set_tap_service_status and set_tap_flow_status. */
  status: z.object({
    msg: z.object({ id: uuid }, anObject),
    status: z.enum(statuses, { error: 'expected "ACTIVE", "ERROR", "INACTIVE" or "PENDING_DELETE"' }),
    host,
  }),
  sync: z.object({ sync_tap_res: z.object({ host_id: host }, anObject) }),
  /** Ours. */
  ports: z
    .object({ host, tunnel_address: text, ports: z.array(port, { error: 'expected a list' }) })
    .transform((given) => ({ host: given.host, tunnelAddress: given.tunnel_address, ports: given.ports })),
};
