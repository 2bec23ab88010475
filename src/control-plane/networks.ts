import { createHash } from 'node:crypto';
import type { Network, Port } from '../contract/resources.ts';
import type { PortView } from './rows.ts';

/** The namespace of our networks' ids, a random UUID (RFC 9562, section 5.5). */
const NAMESPACE = Buffer.from('7a3cf0c8d2a94f0f8f5e0e6d1b6c4a27', 'hex');

/** A UUID that follows from the name (version 5): the same VLAN has the same id after every restart. */
function uuidOf(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The network of the ports with this VLAN tag. */
export function networkOf(vlan: number | null): Network {
  const name = vlan === null ? 'untagged' : `vlan-${vlan}`;
  return { id: uuidOf(name), name, 'provider:segmentation_id': vlan };
}

/** A port as the API shows it. */
export function portOf(view: PortView): Port {
  return {
    id: view.portId,
    project_id: view.projectId,
    name: view.name,
    network_id: networkOf(view.vlan).id,
    mac_address: view.mac ?? '',
    status: view.plugged ? 'ACTIVE' : 'DOWN',
    'binding:host_id': view.host,
  };
}
