import { NEUTRON_COOKIE } from './create-bridge.ts';
import type { Switch } from './switch.ts';

export type TunnelType = 'gre' | 'vxlan' | 'geneve';

/** Neutron's tables for what comes out of a tunnel. */
const FROM_TUNNEL: Readonly<Record<TunnelType, number>> = { gre: 3, vxlan: 4, geneve: 6 };

/** br-tun as Neutron's agent sets it up, without networks: setup_default_table in its br_tun.py. */
const FLOWS: readonly string[] = [
  'table=0,priority=1,in_port=patch-int actions=resubmit(,2)',
  'table=0,priority=0 actions=drop',
  'table=2,priority=0,dl_dst=00:00:00:00:00:00/01:00:00:00:00:00 actions=resubmit(,20)',
  'table=2,priority=0,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=resubmit(,22)',
  ...Object.values(FROM_TUNNEL).map((table) => `table=${table},priority=0 actions=drop`),
  'table=20,priority=0 actions=resubmit(,22)',
  'table=22,priority=0 actions=drop',
];

const hexAddress = (address: string) =>
  address
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('');

/** Adds br-tun, joined to br-int. */
export async function addTunnelBridge(on: Switch): Promise<void> {
  await on.addBridge('br-tun', { flows: [] });
  const patch = (bridge: string, name: string, peer: string) => [
    ...['--', 'add-port', bridge, name],
    ...['--', 'set', 'Interface', name, 'type=patch', `options:peer=${peer}`],
  ];
  await on.vsctl(...patch('br-int', 'patch-tun', 'patch-int'), ...patch('br-tun', 'patch-int', 'patch-tun'));
  await addFlows(on, FLOWS);
}

async function addFlows(on: Switch, flows: readonly string[]): Promise<void> {
  for (const flow of flows) await on.ofctl('add-flow', 'br-tun', `cookie=${NEUTRON_COOKIE},${flow}`);
}

const outOf = (tunnel: string, type: TunnelType) =>
  `table=0,priority=1,in_port=${tunnel} actions=resubmit(,${FROM_TUNNEL[type]})`;

/** Puts Neutron's flows back that a restart of the switch has taken. */
export async function restoreTunnelFlows(on: Switch, type: TunnelType): Promise<void> {
  const ports = (await on.vsctl('list-ports', 'br-tun')).split('\n').filter((name) => name.startsWith(`${type}-`));
  await addFlows(on, [...FLOWS, ...ports.map((name) => outOf(name, type))]);
}

/** Adds a tunnel to another host, with Neutron's name for it and the flow that it installs; answers the name. */
export async function addTunnel(on: Switch, type: TunnelType, local: string, remote: string): Promise<string> {
  const name = `${type}-${hexAddress(remote)}`;
  const options = ['in_key=flow', 'out_key=flow', `local_ip=${local}`, `remote_ip=${remote}`, 'df_default=true'];
  const columns = options.map((option) => `options:${option}`);
  await on.vsctl('add-port', 'br-tun', name, '--', 'set', 'Interface', name, `type=${type}`, ...columns);
  await addFlows(on, [outOf(name, type)]);
  return name;
}

/** Removes a tunnel, its flow first: cleanup_tunnel_port in Neutron's agent. */
export async function removeTunnel(on: Switch, name: string): Promise<void> {
  await on.ofctl('--strict', 'del-flows', 'br-tun', `cookie=${NEUTRON_COOKIE}/-1,table=0,priority=1,in_port=${name}`);
  await on.vsctl('del-port', name);
}

/** Removes br-tun, and what joins br-int to it. */
export async function removeTunnelBridge(on: Switch): Promise<void> {
  await on.vsctl('del-br', 'br-tun', '--', 'del-port', 'br-int', 'patch-tun');
}

/** A network of a tenant's on a host: its number in tunnels, and its local VLAN there. */
export interface TenantNetwork {
  readonly key: number;
  readonly vlan: number;
}

/** The flows of a network, as provision_local_vlan in br_tun.py of Neutron's agent installs them, flooding without l2population. */
async function networkFlows(on: Switch, { key, vlan }: TenantNetwork): Promise<readonly string[]> {
  const ports = (await on.vsctl('list-ports', 'br-tun')).split('\n');
  const tunnels = ports.filter((name) => /^(gre|vxlan|geneve)-/.test(name)).map((name) => `output:${name}`);
  return [
    ...Object.values(FROM_TUNNEL).map(
      (table) => `table=${table},priority=1,tun_id=${key} actions=mod_vlan_vid:${vlan},resubmit(,10)`,
    ),
    `table=22,priority=1,dl_vlan=${vlan} actions=strip_vlan,set_tunnel:${key},${tunnels.join()}`,
  ];
}

/** In which mod_vlan_vid, as in ovs-actions(7), pushes a tag where there is none: Neutron has push_vlan do that. */
const OPENFLOW = ['-O', 'OpenFlow10'] as const;

/** Adds the flows of a tenant's network to br-tun. */
export async function addTenantNetwork(on: Switch, network: TenantNetwork): Promise<void> {
  const toPorts = 'table=10,priority=1 actions=output:patch-int';
  for (const flow of [toPorts, ...(await networkFlows(on, network))]) {
    await on.ofctl('add-flow', ...OPENFLOW, 'br-tun', `cookie=${NEUTRON_COOKIE},${flow}`);
  }
}

export async function removeTenantNetwork(on: Switch, network: TenantNetwork): Promise<void> {
  for (const flow of await networkFlows(on, network)) {
    await on.ofctl('--strict', 'del-flows', ...OPENFLOW, 'br-tun', flow.replace(/ actions=.*/, ''));
  }
}
