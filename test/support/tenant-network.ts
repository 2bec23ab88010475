import { NEUTRON_COOKIE } from './create-bridge.ts';
import type { JoinedHost, JoinedHostsOptions } from './joined-hosts.ts';

/** A network of a tenant between hosts, which none of ours has a hand in. */
export interface TenantNetwork {
  /** Local, on every host. */
  readonly vlan: number;
  readonly tunnelKey: number;
}

/** What an operator without Neutron joins hosts with. */
const OPERATORS_BRIDGE = 'br-tenant';

/** Neutron's table for frames that come out of a tunnel: it learns who is where, and hands them on. */
const LEARN =
  `learn(table=20,hard_timeout=300,priority=1,cookie=${NEUTRON_COOKIE},NXM_OF_VLAN_TCI[0..11],` +
  'NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:0->NXM_OF_VLAN_TCI[],load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[],' +
  'output:NXM_OF_IN_PORT[])';

/** The bit that says that there is a tag (OpenFlow 1.4, section 7.2.3.8). */
const PRESENT = 0x1000;

/** provision_local_vlan and install_flood_to_tun in Neutron's br_tun.py; only VXLAN's table is filled. */
async function ofNeutron({ on }: JoinedHost, { vlan, tunnelKey }: TenantNetwork): Promise<void> {
  const ports = (await on.vsctl('list-ports', 'br-tun')).split('\n').filter((name) => name.startsWith('vxlan-'));
  const flows = [
    `table=4,priority=1,tun_id=${tunnelKey} ` +
      `actions=push_vlan:0x8100,set_field:${PRESENT | vlan}->vlan_vid,resubmit(,10)`,
    `table=10,priority=1 actions=${LEARN},output:patch-int`,
    `table=22,priority=1,dl_vlan=${vlan} ` +
      `actions=strip_vlan,set_tunnel:${tunnelKey},${ports.map((name) => `output:${name}`).join()}`,
  ];
  for (const flow of flows) await on.ofctl('add-flow', 'br-tun', `cookie=${NEUTRON_COOKIE},${flow}`);
}

/** A bridge with one tunnel to the other host, and a patch pair to br-int that is an access port there. */
async function ofOperator(host: JoinedHost, other: JoinedHost, { vlan, tunnelKey }: TenantNetwork): Promise<void> {
  const { on } = host;
  await on.addBridge(OPERATORS_BRIDGE, { flows: ['priority=0 actions=NORMAL'] });
  const end = (bridge: string, name: string, peer: string) => [
    ...['--', 'add-port', bridge, name],
    ...['--', 'set', 'Interface', name, 'type=patch', `options:peer=${peer}`],
  ];
  const joins = [...end('br-int', 'int-tenant', 'tenant-int'), ...end(OPERATORS_BRIDGE, 'tenant-int', 'int-tenant')];
  await on.vsctl(...joins, '--', 'set', 'Port', 'int-tenant', `tag=${vlan}`);
  await addOperatorsTunnel(host, other.address, tunnelKey);
}

/** One more tunnel on the operator's bridge. */
export async function addOperatorsTunnel({ on }: JoinedHost, remote: string, tunnelKey: number): Promise<string> {
  const name = `tenant-${tunnelKey}`;
  const options = [`options:remote_ip=${remote}`, `options:key=${tunnelKey}`];
  await on.vsctl('add-port', OPERATORS_BRIDGE, name, '--', 'set', 'Interface', name, 'type=vxlan', ...options);
  return name;
}

export async function removeOperatorsTunnel({ on }: JoinedHost, name: string): Promise<void> {
  await on.vsctl('del-port', OPERATORS_BRIDGE, name);
}

/** Joins two hosts by a tenant's network: as Neutron does it over br-tun, or by the operator's own bridge. */
export async function joinTenantNetwork(
  mode: JoinedHostsOptions['mode'],
  [one, other]: readonly [JoinedHost, JoinedHost],
  network: TenantNetwork,
): Promise<void> {
  for (const [host, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    if (mode === 'neutron') await ofNeutron(host, network);
    else await ofOperator(host, peer, network);
  }
}
