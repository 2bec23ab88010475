import { NEUTRON_COOKIE } from './create-bridge.ts';
import type { Switch } from './switch.ts';

/** A service's port on this host. */
export interface PythonTapService {
  readonly taasId: number;
  /** OpenFlow port number of the sensor. */
  readonly ofport: number;
  /** Its local VLAN: the copies have it as a tag, which an OpenFlow output to an access port does not remove. */
  readonly vlan: number;
}

/** A source on this host. */
export interface PythonTapFlow {
  readonly taasId: number;
  /** OpenFlow port number of the source. */
  readonly ofport: number;
  readonly mac: string;
  readonly direction: 'IN' | 'OUT' | 'BOTH';
}

/** What stands for the Python agent of neutron-taas: its flows and ports on a switch, and no program. */
export interface PythonAgent {
  tapService(service: PythonTapService): Promise<void>;
  removeTapService(taasId: number): Promise<void>;
  tapFlow(flow: PythonTapFlow): Promise<void>;
  /** The flows of its table for unicast that it has learnt, as ovs-ofctl(8) tells them. */
  learnt(): Promise<readonly string[]>;
  /** Deletes these, as time does after 60 s; resolves when the switch no longer forwards by them. */
  forget(): Promise<void>;
}

/** Its tables: neutron_taas/services/taas/drivers/linux/ovs_constants.py of Zed. */
const ON_TAP = { fromHere: 1, fromElsewhere: 2 } as const;
const ON_TUNNEL = {
  unicast: 30,
  flood: 31,
  classify: 35,
  serviceCheck: 36,
  sourceCheck: 37,
  respond: 38,
  learn: 39,
} as const;
/** Neutron's tables for what comes out of a tunnel: GRE, VXLAN, Geneve. It always has flows in all of them. */
const OUT_OF_TUNNELS = [3, 4, 6] as const;

const VID = 'NXM_OF_VLAN_TCI[0..11]';
const KEY = 'NXM_NX_TUN_ID[0..11]';

/** Its way to speak, in which mod_vlan_vid changes the tag of a frame that has one, and gives one to a frame that has none. */
const OPENFLOW = ['-O', 'OpenFlow10'] as const;

async function addFlows(on: Switch, bridge: string, flows: readonly string[]): Promise<void> {
  for (const flow of flows) await on.ofctl('add-flow', ...OPENFLOW, bridge, `cookie=${NEUTRON_COOKIE},${flow}`);
}

async function addPair(on: Switch, [bridge, name]: readonly [string, string], [to, peer]: readonly [string, string]) {
  const end = (where: string, port: string, other: string) => [
    ...['--', 'add-port', where, port],
    ...['--', 'set', 'Interface', port, 'type=patch', `options:peer=${other}`],
  ];
  await on.vsctl(...end(bridge, name, peer), ...end(to, peer, name));
}

/** br-tap, in standalone mode as it makes it, but of the datapath type of br-int, which it forgets. */
const TAP_FLOWS: readonly string[] = [
  `table=0,priority=1,in_port=patch-tap-int,actions=resubmit(,${ON_TAP.fromHere})`,
  `table=0,priority=1,in_port=patch-tap-tun,actions=resubmit(,${ON_TAP.fromElsewhere})`,
  'table=0,priority=0,actions=drop',
  `table=${ON_TAP.fromHere},priority=0,actions=output:patch-tap-tun`,
  `table=${ON_TAP.fromElsewhere},priority=0,actions=drop`,
];

const ANSWER = `output:patch-tun-tap,move:${VID}->${KEY},mod_vlan_vid:2,output:in_port`;
const LEARN =
  `learn(table=${ON_TUNNEL.unicast},hard_timeout=60,priority=1,${VID},` +
  `load:${VID}->${KEY},load:0->${VID},output:NXM_OF_IN_PORT[])`;

/** It gives what it learns no cookie. */
const LEARNT = `cookie=0/-1,table=${ON_TUNNEL.unicast}`;

/** br-tun: register 0 has what the tag said on the wire, while the tag has the taas_id. */
const TUNNEL_FLOWS: readonly string[] = [
  `table=0,priority=1,in_port=patch-tun-tap,actions=resubmit(,${ON_TUNNEL.unicast})`,
  `table=${ON_TUNNEL.unicast},priority=0,actions=resubmit(,${ON_TUNNEL.flood})`,
  `table=${ON_TUNNEL.classify},priority=2,reg0=0,actions=resubmit(,${ON_TUNNEL.serviceCheck})`,
  `table=${ON_TUNNEL.classify},priority=1,reg0=1,actions=resubmit(,${ON_TUNNEL.serviceCheck})`,
  `table=${ON_TUNNEL.classify},priority=1,reg0=2,actions=resubmit(,${ON_TUNNEL.sourceCheck})`,
  `table=${ON_TUNNEL.serviceCheck},priority=0,actions=drop`,
  `table=${ON_TUNNEL.sourceCheck},priority=0,actions=drop`,
  `table=${ON_TUNNEL.respond},priority=2,reg0=0,actions=output:patch-tun-tap`,
  `table=${ON_TUNNEL.respond},priority=1,reg0=1,actions=${ANSWER}`,
  `table=${ON_TUNNEL.learn},priority=1,actions=${LEARN}`,
];

/** To every port of br-tun but the two patch ports: tunnels that come later are not in it. */
async function floodFlow(on: Switch): Promise<string> {
  const ports = (await on.vsctl('list-ports', 'br-tun')).split('\n').filter((name) => name !== '');
  const tunnels = ports.filter((name) => name !== 'patch-int' && name !== 'patch-tun-tap');
  const outputs = tunnels.map((name) => `output:${name}`);
  const actions = [`move:${VID}->${KEY}`, 'mod_vlan_vid:1', ...outputs].join();
  return `table=${ON_TUNNEL.flood},priority=0,actions=${actions}`;
}

const outOfTunnels = (taasId: number): readonly string[] =>
  OUT_OF_TUNNELS.map(
    (table) =>
      `table=${table},priority=1,tun_id=${taasId},actions=` +
      `move:${VID}->NXM_NX_REG0[0..11],move:${KEY}->${VID},resubmit(,${ON_TUNNEL.classify})`,
  );

async function addTapService(on: Switch, { taasId, ofport, vlan }: PythonTapService): Promise<void> {
  const deliver = `mod_vlan_vid:${vlan},output:${ofport}`;
  await addFlows(on, 'br-int', [`table=0,priority=25,in_port=patch-int-tap,dl_vlan=${taasId},actions=${deliver}`]);
  await addFlows(on, 'br-tap', [
    `table=${ON_TAP.fromHere},priority=1,dl_vlan=${taasId},actions=output:in_port`,
    `table=${ON_TAP.fromElsewhere},priority=1,dl_vlan=${taasId},actions=output:patch-tap-int`,
  ]);
  const mine = `table=${ON_TUNNEL.serviceCheck},priority=1,tun_id=${taasId},actions=resubmit(,${ON_TUNNEL.respond})`;
  await addFlows(on, 'br-tun', [...outOfTunnels(taasId), mine]);
}

/** As its delete_tap_service does. */
async function removeTapService(on: Switch, taasId: number): Promise<void> {
  const remove = (bridge: string, match: string) => on.ofctl('del-flows', bridge, match);
  await remove('br-int', `table=0,in_port=patch-int-tap,dl_vlan=${taasId}`);
  for (const table of Object.values(ON_TAP)) await remove('br-tap', `table=${table},dl_vlan=${taasId}`);
  const checks = [...OUT_OF_TUNNELS, ON_TUNNEL.serviceCheck, ON_TUNNEL.sourceCheck];
  for (const table of checks) await remove('br-tun', `table=${table},tun_id=${taasId}`);
}

async function addTapFlow(on: Switch, { taasId, ofport, mac, direction }: PythonTapFlow): Promise<void> {
  const copy = `actions=normal,mod_vlan_vid:${taasId},output:patch-int-tap`;
  const ways = [
    ...(direction === 'IN' ? [] : [`table=0,priority=20,in_port=${ofport},${copy}`]),
    ...(direction === 'OUT' ? [] : [`table=0,priority=20,dl_dst=${mac},${copy}`]),
  ];
  await addFlows(on, 'br-int', ways);
  const mine = `table=${ON_TUNNEL.sourceCheck},priority=1,tun_id=${taasId},actions=resubmit(,${ON_TUNNEL.learn})`;
  await addFlows(on, 'br-tun', [...outOfTunnels(taasId), mine]);
}

/**
 * Sets up br-tap and the flows of br-tun as the Python agent does at its start (setup_ovs_bridges in ovs_taas.py of
 * neutron-taas, Zed), beside a br-int and a br-tun of Neutron's that has its tunnels already.
 */
export async function installPythonAgent(on: Switch): Promise<PythonAgent> {
  await on.addBridge('br-tap', { flows: [], failMode: 'standalone' });
  await addPair(on, ['br-int', 'patch-int-tap'], ['br-tap', 'patch-tap-int']);
  await addPair(on, ['br-tun', 'patch-tun-tap'], ['br-tap', 'patch-tap-tun']);
  await addFlows(on, 'br-tap', TAP_FLOWS);
  await addFlows(on, 'br-tun', [...TUNNEL_FLOWS, await floodFlow(on)]);
  return {
    tapService: (service) => addTapService(on, service),
    removeTapService: (taasId) => removeTapService(on, taasId),
    tapFlow: (flow) => addTapFlow(on, flow),
    learnt: () => on.dumpFlows('br-tun', LEARNT),
    forget: async () => {
      await on.ofctl('del-flows', 'br-tun', LEARNT);
      await on.appctl('revalidator/wait');
    },
  };
}
