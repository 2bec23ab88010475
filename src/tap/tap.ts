import type { VlanRange } from './vlan-filter.ts';

/** Direction of a tap flow, seen from its source port: IN = towards the VM, OUT = from the VM. */
export type Direction = 'IN' | 'OUT' | 'BOTH';

/** One way of a tap flow: what a mirror, a register value and a cookie stand for. */
export type OneWay = 'IN' | 'OUT';

/** The destination of copies: a port where a sensor listens, and the number that carries copies to it. */
export interface TapService {
  /** Neutron's UUID of the tap service. */
  readonly id: string;
  /** Network-wide number of the service, 1..4094: the VLAN between br-tap and br-int and the tunnel key. */
  readonly taasId: number;
  /** Neutron's UUID of the port where the copies are delivered. */
  readonly portId: string;
}

/** Ties one source port and a direction to one tap service. */
export interface TapFlow {
  readonly id: string;
  readonly tapServiceId: string;
  readonly sourcePortId: string;
  /** The source port's MAC address as Neutron knows it, lower case with colons. */
  readonly sourceMac: string;
  readonly direction: Direction;
  /** Copy only frames that the VM tagged with one of these VLANs; null copies every frame. */
  readonly vlanFilter: readonly VlanRange[] | null;
}

export function waysOf(direction: Direction): readonly OneWay[] {
  return direction === 'BOTH' ? ['IN', 'OUT'] : [direction];
}
