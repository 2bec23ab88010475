import { randomBytes, randomUUID } from 'node:crypto';
import { addNamespace, type Namespace } from './namespace.ts';
import { SupportError } from './support-error.ts';
import type { Switch } from './switch.ts';

/** How a port carries VLANs: columns vlan_mode, tag and trunks of ovs-vswitchd.conf.db(5). */
export type PortVlan =
  | { readonly mode: 'access'; readonly tag: number }
  | { readonly mode: 'trunk'; readonly trunks?: readonly number[] }
  | { readonly mode: 'native-untagged' | 'native-tagged'; readonly tag: number; readonly trunks?: readonly number[] }
  | { readonly mode: 'dot1q-tunnel'; readonly tag: number };

export interface VmOptions {
  readonly name: string;
  /** Local VLAN of an access port; short for `vlan`. Without both the port is a trunk of all VLANs. */
  readonly tag?: number;
  readonly vlan?: PortVlan;
  /** fa:16:3e and three random bytes unless told. */
  readonly mac?: string;
  /** Bytes; 1500 unless told. */
  readonly mtu?: number;
  /** Address with prefix length, such as 10.0.0.1/24; none unless told. */
  readonly ip?: string;
  /** Neutron's UUID of the port. */
  readonly portId?: string;
  /** Further external_ids of its interface, such as port-name. */
  readonly externalIds?: Readonly<Record<string, string>>;
  /** br-int unless told. */
  readonly bridge?: string;
  /** Lets the kernel of the VM speak IPv6, which it does unasked; false unless told. */
  readonly ipv6?: boolean;
}

/** A network namespace with one veth end, eth0, in place of a VM; the other end is a port of the switch, as Nova plugs it. */
export interface Vm {
  readonly name: string;
  readonly portId: string;
  readonly mac: string;
  /** Without prefix length. */
  readonly ip: string | undefined;
  /** Name of the port and interface on the switch: "tap" and the start of the port's UUID, as Neutron names it. */
  readonly portName: string;
  readonly switch: Switch;
  readonly namespace: Namespace;
  exec(file: string, args: readonly string[], input?: string | Uint8Array): Promise<string>;
  ofport(): Promise<number>;
  /** The VLAN that the switch holds for the port now. */
  tag(): Promise<number | undefined>;
  setTag(tag: number): Promise<void>;
  /** Removes port and device, as when Nova unplugs; the namespace stays. */
  unplug(): Promise<void>;
  /** Plugs it again, optionally with another VLAN: a new device, so captures of eth0 end. */
  replug(vlan?: PortVlan): Promise<void>;
  /** Takes the port off the switch, the device stays: as when the VM runs on another host now. */
  detach(): Promise<void>;
  /** Puts the port back on the switch. */
  attach(): Promise<void>;
  /** Removes everything of it. */
  remove(): Promise<void>;
}

function vlanColumns(vlan: PortVlan | undefined): readonly string[] {
  if (vlan === undefined) return [];
  const tag = 'tag' in vlan ? [`tag=${vlan.tag}`] : [];
  const trunks = 'trunks' in vlan && vlan.trunks ? [`trunks=${vlan.trunks.join(',')}`] : [];
  // Neutron leaves vlan_mode empty for an access port: the tag says it.
  const mode = vlan.mode === 'access' ? [] : [`vlan_mode=${vlan.mode}`];
  return [...mode, ...tag, ...trunks];
}

/** Offloads leave checksums and segments undone, which a frame on a real wire never is. */
async function quietDevice(namespace: Namespace, device: string, mtu: number): Promise<void> {
  await namespace.exec('ethtool', ['-K', device, 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off']);
  await namespace.ip('link', 'set', device, 'mtu', String(mtu), 'up');
}

/**
 * The kernel asks again for a neighbour that it has not heard of for a while: such a question of its own, seconds after
 * the packets of one test, would be among the frames of the next.
 */
async function speakIpv4(namespace: Namespace, ip: string): Promise<void> {
  const settings = ['delay_first_probe_time=86400', 'base_reachable_time_ms=86400000'];
  await namespace.exec('sysctl', ['-q', ...settings.map((setting) => `net.ipv4.neigh.eth0.${setting}`)]);
  await namespace.ip('address', 'add', ip, 'dev', 'eth0');
}

interface Plug {
  readonly on: Switch;
  readonly namespace: Namespace;
  readonly bridge: string;
  readonly portName: string;
  readonly portId: string;
  readonly mac: string;
  readonly mtu: number;
  readonly ip: string | undefined;
  readonly externalIds: Readonly<Record<string, string>>;
}

async function plug(place: Plug, vlan: PortVlan | undefined): Promise<void> {
  const { on, namespace, portName, mac, mtu, ip } = place;
  const peer = ['peer', 'name', portName, 'netns', on.namespace.name];
  await namespace.ip('link', 'add', 'eth0', 'address', mac, 'type', 'veth', ...peer);
  await quietDevice(on.namespace, portName, mtu);
  await quietDevice(namespace, 'eth0', mtu);
  if (ip !== undefined) await speakIpv4(namespace, ip);
  await attach(place, vlan);
}

async function attach({ on, bridge, portName, portId, mac, externalIds }: Plug, vlan: PortVlan | undefined) {
  const nova = { 'iface-id': portId, 'attached-mac': mac, 'iface-status': 'active', 'vm-uuid': randomUUID() };
  const ids = { ...nova, ...externalIds };
  const columns = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
  const setPort = vlan === undefined ? [] : ['--', 'set', 'Port', portName, ...vlanColumns(vlan)];
  await on.vsctl('add-port', bridge, portName, ...setPort, '--', 'set', 'Interface', portName, ...columns);
}

async function detach({ on, bridge, portName }: Plug): Promise<void> {
  const wait = on.vswitchd.isRunning() ? [] : ['--no-wait'];
  await on.vsctl(...wait, '--if-exists', 'del-port', bridge, portName);
}

async function unplug(place: Plug): Promise<void> {
  const { on, portName } = place;
  await detach(place);
  await on.namespace.ip('link', 'delete', portName);
}

function randomMac(): string {
  return `fa:16:3e:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}

/** The port of a VM, which may be plugged or not. */
function portOf(place: Plug, first: PortVlan | undefined) {
  const { on, portName } = place;
  let vlan = first;
  let plugged = false;
  const replug = async (other?: PortVlan) => {
    vlan = other ?? vlan;
    await plug(place, vlan);
    plugged = true;
  };
  const pull = async () => {
    if (plugged) await unplug(place);
    plugged = false;
  };
  const column = async (table: string, key: string): Promise<unknown> => {
    if (!plugged) throw new SupportError('not-plugged', `${portName} is not plugged`);
    return JSON.parse(await on.vsctl('get', table, portName, key));
  };
  const tag = async () => {
    const value = await column('Port', 'tag');
    return typeof value === 'number' ? value : undefined;
  };
  const setTag = async (value: number) => {
    vlan = vlan === undefined || vlan.mode === 'trunk' ? { mode: 'access', tag: value } : { ...vlan, tag: value };
    await on.vsctl('set', 'Port', portName, `tag=${value}`);
  };
  return {
    replug,
    unplug: pull,
    detach: () => detach(place),
    attach: () => attach(place, vlan),
    ofport: async () => Number(await column('Interface', 'ofport')),
    tag,
    setTag,
  };
}

/** Starts a VM and plugs it into the switch: resolves when its port has an OpenFlow number. */
export async function plugVm(on: Switch, options: VmOptions): Promise<Vm> {
  const { name, portId = randomUUID(), mac = randomMac(), mtu = 1500, bridge = 'br-int', ip } = options;
  const { externalIds = {} } = options;
  const portName = `tap${portId.slice(0, 11)}`;
  const namespace = await addNamespace(name);
  const vlan = options.vlan ?? (options.tag === undefined ? undefined : { mode: 'access' as const, tag: options.tag });
  const port = portOf({ on, namespace, bridge, portName, portId, mac, mtu, ip, externalIds }, vlan);
  const remove = async () => {
    await port.unplug();
    await namespace.remove();
  };
  try {
    if (options.ipv6) await namespace.setIpv6(true);
    await port.replug();
  } catch (error) {
    await namespace.remove();
    throw error;
  }
  const address = ip?.split('/')[0];
  return { name, portId, mac, ip: address, portName, switch: on, namespace, exec: namespace.exec, ...port, remove };
}
