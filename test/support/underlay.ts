import { addNamespace, type Namespace } from './namespace.ts';
import { SupportError } from './support-error.ts';
import type { Switch } from './switch.ts';

/** Room for a full frame of 1500 bytes, its tags and the headers of any tunnel. */
const USUAL_MTU = 1600;
const BRIDGE = 'br-phy';
/** Sees every frame between the hosts, each once. */
export const UNDERLAY_BRIDGE = 'wire';

/** A network that joins hosts: what their tunnels travel through. */
export interface Underlay {
  /** Its bridge is UNDERLAY_BRIDGE, and the cable of the first switch that has joined ends in it as `host1`. */
  readonly namespace: Namespace;
  /** Gives a switch an address in it. */
  join(on: Switch, address: string): Promise<void>;
  /** Gives a switch its address again, whose ovs-vswitchd was restarted. */
  rejoin(on: Switch): Promise<void>;
  /** Changes how long the packets are that a switch can send into it: 1600 bytes unless told. */
  setMtu(on: Switch, mtu: number): Promise<void>;
  /** Lets all that have joined know each other's MAC addresses: a switch drops what it would send to one that it must ask for. */
  introduce(): Promise<void>;
  /** Gives a switch that has joined one more address, which all know. */
  addAddress(on: Switch, address: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A Linux bridge in a namespace of its own. In each switch's namespace a br-phy has the host's address and a cable to it:
 * with a userspace datapath tunnels leave through a bridge that has the address, see "Open vSwitch userspace tunneling".
 */
export async function addUnderlay(mtu = USUAL_MTU): Promise<Underlay> {
  const namespace = await addNamespace('underlay');
  await namespace.ip('link', 'add', UNDERLAY_BRIDGE, 'type', 'bridge', 'mcast_snooping', '0');
  await namespace.ip('link', 'set', UNDERLAY_BRIDGE, 'mtu', String(mtu), 'promisc', 'on', 'up');
  const members: { readonly on: Switch; readonly address: string; readonly mac: string }[] = [];
  const join = async (on: Switch, address: string) => {
    const outer = `host${members.length + 1}`;
    const peer = ['peer', 'name', outer, 'netns', namespace.name];
    await on.namespace.ip('link', 'add', 'cable', 'mtu', String(mtu), 'type', 'veth', ...peer);
    await on.namespace.exec('ethtool', ['-K', 'cable', 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off']);
    await namespace.exec('ethtool', ['-K', outer, 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off']);
    await namespace.ip('link', 'set', outer, 'mtu', String(mtu), 'master', UNDERLAY_BRIDGE, 'up');
    await on.namespace.ip('link', 'set', 'cable', 'up');
    await on.vsctl('add-br', BRIDGE, '--', 'set', 'Bridge', BRIDGE, 'datapath_type=netdev');
    await on.vsctl('set', 'Interface', BRIDGE, `mtu_request=${mtu}`, '--', 'add-port', BRIDGE, 'cable');
    await on.namespace.ip('address', 'add', `${address}/24`, 'dev', BRIDGE);
    await on.namespace.ip('link', 'set', BRIDGE, 'up');
    const mac = await on.namespace.exec('cat', [`/sys/class/net/${BRIDGE}/address`]);
    members.push({ on, address, mac: mac.trim() });
  };
  const memberOf = (on: Switch) => {
    const member = members.find((each) => each.on === on);
    if (!member) throw new SupportError('not-joined', 'this switch has not joined');
    return member;
  };
  const addAddress = async (on: Switch, address: string) => {
    await on.namespace.ip('address', 'add', `${address}/24`, 'dev', BRIDGE);
    const { mac } = memberOf(on);
    members.push({ on, address, mac });
    await introduce();
  };
  const introduce = async () => {
    for (const { on } of members) {
      for (const { on: other, address, mac } of members) {
        if (other !== on) await on.appctl('tnl/neigh/set', BRIDGE, address, mac);
      }
    }
  };
  const rejoin = async (on: Switch) => {
    await on.namespace.ip('address', 'replace', `${memberOf(on).address}/24`, 'dev', BRIDGE);
    await on.namespace.ip('link', 'set', BRIDGE, 'up');
    await introduce();
  };
  const setMtu = async (on: Switch, other: number) => {
    await on.namespace.ip('link', 'set', 'cable', 'mtu', String(other));
    await on.vsctl('set', 'Interface', BRIDGE, `mtu_request=${other}`);
  };
  return { namespace, join, rejoin, setMtu, introduce, addAddress, remove: () => namespace.remove() };
}
