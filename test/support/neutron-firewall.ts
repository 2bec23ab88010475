import { NEUTRON_COOKIE } from './create-bridge.ts';
import { runCommand } from './run-command.ts';
import { SupportError } from './support-error.ts';
import type { Vm } from './vm.ts';

/** What a security group lets in: everything else is closed, and everything goes out. */
export type OpenTo = { readonly protocol: 'tcp' | 'udp'; readonly port: number } | { readonly protocol: 'icmp' };

/** A port under the firewall: its VM must have an IP address and an access VLAN. */
export interface GuardedPort {
  readonly vm: Vm;
  readonly open: readonly OpenTo[];
}

/** Numbers of the tables of Neutron's openvswitch firewall, as its documentation of the driver gives them. */
const TABLE = {
  transient: 60,
  baseEgress: 71,
  rulesEgress: 72,
  acceptOrIngress: 73,
  baseIngress: 81,
  rulesIngress: 82,
  acceptedEgress: 91,
  acceptedIngress: 92,
  dropped: 93,
  acceptedEgressNormal: 94,
} as const;

/** The driver marks with ct_mark 1 the connections that a changed security group no longer allows. */
const INVALID = '0x1';
const ZONE = 'zone=NXM_NX_REG6[0..15]';

const COMMON_FLOWS: readonly string[] = [
  ...[TABLE.baseEgress, TABLE.rulesEgress, TABLE.acceptOrIngress, TABLE.baseIngress, TABLE.rulesIngress].map(
    (table) => `table=${table},priority=0 actions=drop`,
  ),
  `table=${TABLE.baseEgress},priority=110,ct_state=+trk actions=ct_clear,resubmit(,${TABLE.baseEgress})`,
  `table=${TABLE.acceptedEgressNormal},priority=1 actions=NORMAL`,
  `table=${TABLE.acceptedEgress},priority=1 actions=resubmit(,${TABLE.acceptedEgressNormal})`,
  `table=${TABLE.acceptedIngress},priority=0 actions=drop`,
  `table=${TABLE.dropped},priority=0 actions=drop`,
];

interface Facts {
  readonly ofport: number;
  readonly vlan: number;
  readonly mac: string;
  readonly ip: string;
  readonly open: readonly OpenTo[];
}

function entryFlows({ ofport, vlan, mac }: Facts): readonly string[] {
  const registers = `set_field:${ofport}->reg5,set_field:${vlan}->reg6`;
  return [
    `table=${TABLE.transient},priority=100,in_port=${ofport} actions=${registers},resubmit(,${TABLE.baseEgress})`,
    `table=${TABLE.transient},priority=90,dl_vlan=${vlan},dl_dst=${mac} actions=${registers},pop_vlan,resubmit(,${TABLE.baseIngress})`,
  ];
}

/** What the VM may send: only from its own addresses, no DHCP answers; then connection tracking. */
function baseEgressFlows({ ofport, mac, ip }: Facts): readonly string[] {
  const port = `table=${TABLE.baseEgress},reg5=${ofport},in_port=${ofport}`;
  const normal = `resubmit(,${TABLE.acceptedEgressNormal})`;
  return [
    `${port},priority=95,arp,dl_src=${mac},arp_spa=${ip} actions=${normal}`,
    `${port},priority=95,dl_type=0x8035,dl_src=${mac} actions=${normal}`,
    `${port},priority=80,udp,dl_src=${mac},nw_src=${ip},tp_src=68,tp_dst=67 actions=resubmit(,${TABLE.acceptOrIngress})`,
    `${port},priority=80,udp,dl_src=${mac},nw_src=0.0.0.0,tp_src=68,tp_dst=67 actions=resubmit(,${TABLE.acceptOrIngress})`,
    `${port},priority=70,udp,tp_src=67,tp_dst=68 actions=resubmit(,${TABLE.dropped})`,
    `${port},priority=65,ip,dl_src=${mac},nw_src=${ip} actions=ct(table=${TABLE.rulesEgress},${ZONE})`,
    `${port},priority=10 actions=ct_clear,resubmit(,${TABLE.dropped})`,
  ];
}

/** Security groups by default let everything out that is IP: the two last flows of the rules are that group's. */
function rulesEgressFlows({ ofport, vlan }: Facts): readonly string[] {
  const port = `table=${TABLE.rulesEgress},reg5=${ofport}`;
  const known = ['+est-rel+rpl', '-new-est+rel-inv'].map(
    (state) =>
      `${port},priority=50,ct_state=${state},ct_zone=${vlan},ct_mark=0 actions=resubmit(,${TABLE.acceptedEgressNormal})`,
  );
  return [
    ...known,
    `table=${TABLE.rulesEgress},priority=50,ct_state=+inv+trk actions=resubmit(,${TABLE.dropped})`,
    `${port},priority=50,ct_mark=${INVALID} actions=resubmit(,${TABLE.dropped})`,
    `${port},priority=40,ct_state=-est actions=resubmit(,${TABLE.dropped})`,
    `${port},priority=40,ip,ct_state=+est actions=ct(commit,${ZONE},exec(set_field:${INVALID}->ct_mark))`,
    `${port},priority=70,ip,ct_state=+est-rel-rpl actions=resubmit(,${TABLE.acceptOrIngress})`,
    `${port},priority=70,ip,ct_state=+new-est actions=resubmit(,${TABLE.acceptOrIngress})`,
  ];
}

/** Accepted frames for another guarded port of this host go straight to its ingress; others are committed and switched. */
function acceptFlows({ ofport, vlan, mac }: Facts): readonly string[] {
  const table = `table=${TABLE.acceptOrIngress}`;
  return [
    `${table},priority=100,reg6=${vlan},dl_dst=${mac} actions=set_field:${ofport}->reg5,resubmit(,${TABLE.baseIngress})`,
    `${table},priority=90,ip,reg5=${ofport},ct_state=+new-est actions=ct(commit,${ZONE}),resubmit(,${TABLE.acceptedEgress})`,
    `${table},priority=80,reg5=${ofport} actions=resubmit(,${TABLE.acceptedEgressNormal})`,
  ];
}

function baseIngressFlows({ ofport }: Facts): readonly string[] {
  const port = `table=${TABLE.baseIngress},reg5=${ofport}`;
  return [
    `${port},priority=100,arp actions=output:${ofport}`,
    `${port},priority=95,udp,tp_src=67,tp_dst=68 actions=output:${ofport}`,
    `${port},priority=90,ip,ct_state=-trk actions=ct(table=${TABLE.rulesIngress},${ZONE})`,
    `${port},priority=80,ct_state=+trk actions=resubmit(,${TABLE.rulesIngress})`,
  ];
}

function matchOf(open: OpenTo): string {
  return open.protocol === 'icmp' ? 'icmp' : `${open.protocol},tp_dst=${open.port}`;
}

function rulesIngressFlows({ ofport, vlan, open }: Facts): readonly string[] {
  const port = `table=${TABLE.rulesIngress},reg5=${ofport}`;
  const deliver = `output:${ofport}`;
  const commit = `ct(commit,${ZONE}),${deliver},resubmit(,${TABLE.acceptedIngress})`;
  return [
    ...['+est-rel+rpl', '-new-est+rel-inv'].map(
      (state) => `${port},priority=50,ct_state=${state},ct_zone=${vlan},ct_mark=0 actions=${deliver}`,
    ),
    `table=${TABLE.rulesIngress},priority=50,ct_state=+inv+trk actions=resubmit(,${TABLE.dropped})`,
    `${port},priority=50,ct_mark=${INVALID} actions=resubmit(,${TABLE.dropped})`,
    `${port},priority=40,ct_state=-est actions=resubmit(,${TABLE.dropped})`,
    `${port},priority=40,ip,ct_state=+est actions=ct(commit,${ZONE},exec(set_field:${INVALID}->ct_mark))`,
    ...open.flatMap((one) => [
      `${port},priority=77,${matchOf(one)},ct_state=+est-rel-rpl actions=${deliver}`,
      `${port},priority=77,${matchOf(one)},ct_state=+new-est actions=${commit}`,
    ]),
  ];
}

async function factsOf({ vm, open }: GuardedPort): Promise<Facts> {
  const vlan = await vm.tag();
  if (vlan === undefined || vm.ip === undefined)
    throw new SupportError('not-plugged', `${vm.name} has no VLAN or no address`);
  return { ofport: await vm.ofport(), vlan, mac: vm.mac, ip: vm.ip, open };
}

/**
 * Puts flows on br-int that guard these ports as Neutron's openvswitch firewall does for IPv4 (neutron documentation,
 * contributor/internals/openvswitch_firewall): anti-spoofing, conntrack in a zone for each network, all out, nothing in but
 * answers and what is open. Flows of ports that were guarded before stay; a port's flows are added over its former ones.
 */
export async function installNeutronFirewall(ports: readonly GuardedPort[]): Promise<void> {
  const on = ports[0]?.vm.switch;
  if (on === undefined) return;
  const facts = await Promise.all(ports.map(factsOf));
  const perPort = [entryFlows, baseEgressFlows, rulesEgressFlows, acceptFlows, baseIngressFlows, rulesIngressFlows];
  const flows = [...COMMON_FLOWS, ...facts.flatMap((fact) => perPort.flatMap((flowsOf) => flowsOf(fact)))];
  const text = flows.map((flow) => `cookie=${NEUTRON_COOKIE},${flow}\n`).join('');
  await runCommand('ovs-ofctl', ['-O', 'OpenFlow14', 'add-flows', 'br-int', '-'], {
    input: text,
    env: { OVS_RUNDIR: on.runDir },
  });
}
