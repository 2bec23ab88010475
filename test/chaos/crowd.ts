import { randomUUID } from 'node:crypto';
import { type Capture, capture } from '../support/capture.ts';
import { addNamespace, type Namespace } from '../support/namespace.ts';
import type { Switch } from '../support/switch.ts';

/** A port that Neutron could have made: its device stays, and is plugged into br-int or not. */
export interface CrowdPort {
  readonly portId: string;
  readonly mac: string;
  /** Its name on the switch. */
  readonly portName: string;
  /** The number of the network that it belongs to, whatever local VLAN that has on the host. */
  readonly network: number;
  readonly switch: Switch;
  readonly namespace: Namespace;
  /** Where its VM would be: the device at the other end, in `namespace`. */
  readonly device: string;
}

/** The first local VLAN that networks of a crowd are given; tests that have other ports beside keep below. */
const FIRST_VLAN = 100;

const macOf = (number: number) => `fa:16:3f:00:${(number >> 8).toString(16).padStart(2, '0')}:${hex(number & 0xff)}`;
const hex = (byte: number) => byte.toString(16).padStart(2, '0');

function portAt(number: number, network: number, on: Switch, namespace: Namespace): CrowdPort {
  const portId = randomUUID();
  const portName = `tap${portId.slice(0, 11)}`;
  return { portId, mac: macOf(number), portName, network, switch: on, namespace, device: `vm${number}` };
}

/** Makes all devices at once: a hundred calls of ip(8) would take half a minute. */
async function addDevices(on: Switch, namespace: Namespace, ports: readonly CrowdPort[]): Promise<void> {
  const pairs = ports.map(
    ({ device, mac, portName }) =>
      `link add ${device} address ${mac} up type veth peer name ${portName} netns ${on.namespace.name}`,
  );
  await namespace.exec('ip', ['-batch', '-'], `${pairs.join('\n')}\n`);
  const ups = ports.map(({ portName }) => `link set ${portName} up`);
  await on.namespace.exec('ip', ['-batch', '-'], `${ups.join('\n')}\n`);
}

/** Begins to capture what comes to ports. */
export async function listen(ports: readonly CrowdPort[]): Promise<ReadonlyMap<CrowdPort, Capture>> {
  const captures = ports.map(async (port) => {
    return [port, await capture(port, { device: port.device, direction: 'in' })] as const;
  });
  return new Map(await Promise.all(captures));
}

/**
 * Many ports of several networks in one namespace, which are plugged and unplugged many at a time. As Neutron's agent
 * does, a network gets the lowest free local VLAN with its first port, and gives it back with its last one.
 */
export class Crowd {
  readonly ports: readonly CrowdPort[];
  readonly on: Switch;
  readonly #namespace: Namespace;
  readonly #plugged = new Set<CrowdPort>();
  readonly #vlans = new Map<number, number>();

  private constructor(on: Switch, namespace: Namespace, ports: readonly CrowdPort[]) {
    this.on = on;
    this.#namespace = namespace;
    this.ports = ports;
  }

  /** As many networks as sizes, each with so many ports. None is plugged yet. Call `remove` before the switch's `stop`. */
  static async gather(on: Switch, sizes: readonly number[]): Promise<Crowd> {
    const namespace = await addNamespace('crowd');
    const networks = sizes.flatMap((size, network) => Array.from({ length: size }, () => network));
    const ports = networks.map((network, number) => portAt(number, network, on, namespace));
    await addDevices(on, namespace, ports);
    return new Crowd(on, namespace, ports);
  }

  /** The ports of a network. */
  of(network: number): readonly CrowdPort[] {
    return this.ports.filter((port) => port.network === network);
  }

  get plugged(): readonly CrowdPort[] {
    return [...this.#plugged];
  }

  isPlugged(port: CrowdPort): boolean {
    return this.#plugged.has(port);
  }

  /** The local VLAN of a network of which a port is plugged. */
  vlanOf(network: number): number | undefined {
    return this.#vlans.get(network);
  }

  /** All at once; those that are plugged are passed over. Resolves when the switch has opened them. */
  async plug(...ports: readonly CrowdPort[]): Promise<void> {
    const due = ports.filter((port) => !this.#plugged.has(port));
    if (due.length === 0) return;
    await this.on.vsctl(...due.flatMap((port) => ['--', ...this.#addPort(port)]));
    for (const port of due) this.#plugged.add(port);
  }

  #addPort({ portId, portName, mac, network }: CrowdPort): readonly string[] {
    const vlan = this.#vlans.get(network) ?? this.#freeVlan();
    this.#vlans.set(network, vlan);
    const ids = { 'iface-id': portId, 'attached-mac': mac, 'iface-status': 'active' };
    const columns = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
    return ['add-port', 'br-int', portName, `tag=${vlan}`, '--', 'set', 'Interface', portName, ...columns];
  }

  #freeVlan(): number {
    const taken = new Set(this.#vlans.values());
    let vlan = FIRST_VLAN;
    while (taken.has(vlan)) vlan += 1;
    return vlan;
  }

  /** All at once; those that are not plugged are passed over. */
  async unplug(...ports: readonly CrowdPort[]): Promise<void> {
    const due = ports.filter((port) => this.#plugged.has(port));
    if (due.length === 0) return;
    await this.on.vsctl(...due.flatMap(({ portName }) => ['--', 'del-port', 'br-int', portName]));
    for (const port of due) this.#plugged.delete(port);
    const used = new Set(this.plugged.map(({ network }) => network));
    for (const network of [...this.#vlans.keys()]) if (!used.has(network)) this.#vlans.delete(network);
  }

  async remove(): Promise<void> {
    await this.unplug(...this.ports);
    await this.#namespace.remove();
  }
}
