import { randomUUID } from 'node:crypto';
import { type Switch, startSwitch } from '../support/switch.ts';
import type { TapPort } from './tap-casts.ts';

/** A port of the switch, as Neutron plugs it. */
export interface PluggedPort extends TapPort {
  readonly name: string;
  readonly vlan: number;
}

export interface BenchSwitch {
  readonly on: Switch;
  /** How many ports br-int has, before the agent adds its own. */
  readonly size: number;
  readonly sensors: readonly PluggedPort[];
  readonly sources: readonly PluggedPort[];
}

/** Ports of tap services, in a network of their own. */
const SENSORS = 4;
/** So many ports share a network, and so a VLAN: within the budget of 14 mirrors, of which each has one of them. */
export const PORTS_OF_NETWORK = 10;
const SENSOR_VLAN = 4000;

function port(index: number, vlan: number): PluggedPort {
  const mac = `fa:16:3e:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 0xff).toString(16).padStart(2, '0')}`;
  return { portId: randomUUID(), mac, name: `port${index}`, vlan };
}

function addPort({ name, portId, mac, vlan }: PluggedPort): readonly string[] {
  const ids = { 'iface-id': portId, 'attached-mac': mac, 'iface-status': 'active', 'vm-uuid': randomUUID() };
  const columns = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
  const device = ['--', 'set', 'Interface', name, 'type=internal', ...columns];
  return ['--', 'add-port', 'br-int', name, `tag=${vlan}`, ...device];
}

/**
 * A switch whose br-int has so many ports, made in one transaction. They are internal ports, the cheapest to make that are
 * real devices: 1,000 take a few seconds, where pairs of veth take minutes to add and to remove.
 */
export async function startBenchSwitch(size: number): Promise<BenchSwitch> {
  const on = await startSwitch();
  try {
    await on.addBridge('br-int');
    const sensors = Array.from({ length: SENSORS }, (_, index) => port(index, SENSOR_VLAN));
    const sources = Array.from({ length: size - SENSORS }, (_, index) =>
      port(SENSORS + index, 1 + Math.floor(index / PORTS_OF_NETWORK)),
    );
    await on.vsctl(...[...sensors, ...sources].flatMap(addPort));
    return { on, size, sensors, sources };
  } catch (error) {
    await on.stop();
    throw error;
  }
}
