import { type BridgeFact, FLOW, type TunnelFact, type UnderlayFact } from '../compile/host-facts.ts';
import type { Rows } from './tables.ts';

/** The network interfaces of the host, as far as they are seen from here. */
export interface Devices {
  /** Bytes; undefined when there is none of that name to be seen. */
  mtuOf(name: string): number | undefined;
  /** The name of the one that has an address. */
  holderOf(address: string): string | undefined;
}

/** Our own address of a tunnel that Open vSwitch tells no way out of, as each flow names another host. */
function ownAddress({ remote, local }: TunnelFact): readonly string[] {
  return remote === FLOW && local !== undefined && local !== FLOW ? [local] : [];
}

/** What the switch has itself (a bridge's own interface, say) it tells, and tells when it changes; the kernel knows the others. */
function mtuOf(rows: Rows, devices: Devices, name: string): number | undefined {
  const device = rows
    .table('Interface')
    .values()
    .find((row) => row.name === name);
  return device?.mtu ?? devices.mtuOf(name);
}

/** The interfaces that the tunnels of a bridge leave by, by name; addresses that nobody here has are left out. */
export function readUnderlays(rows: Rows, bridge: BridgeFact | undefined, devices: Devices): readonly UnderlayFact[] {
  const tunnels = (bridge?.ports ?? []).flatMap(({ tunnel }) => tunnel ?? []);
  const addresses = [...new Set(tunnels.flatMap(ownAddress))].sort();
  const held = addresses.map((address) => ({ address, name: devices.holderOf(address) }));
  const names = [...tunnels.map(({ egress }) => egress), ...held.map(({ name }) => name)];
  return [...new Set(names)].sort().flatMap((name) => {
    if (name === undefined) return [];
    const own = held.filter((each) => each.name === name).map(({ address }) => address);
    return [{ name, addresses: own, mtu: mtuOf(rows, devices, name) }];
  });
}
