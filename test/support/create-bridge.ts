import type { Switch } from './switch.ts';

export interface BridgeOptions {
  /** Flows in ovs-ofctl syntax instead of the plain switch of NEUTRON_FLOWS. */
  readonly flows?: readonly string[];
  readonly failMode?: 'secure' | 'standalone';
  /** Rows of ours are marked so; Neutron's are not. */
  readonly externalIds?: Readonly<Record<string, string>>;
}

/** The cookie of Neutron's agent in these tests: it deletes every flow on its bridges that has another one. */
export const NEUTRON_COOKIE = '0x6d3f8a5be91c2407';

/** br-int as Neutron's agent sets it up without a firewall: the dead VLAN is dropped, all else is switched. */
export const NEUTRON_FLOWS: readonly string[] = [
  'table=0,priority=65535,dl_vlan=4095 actions=drop',
  'table=0,priority=0 actions=resubmit(,59)',
  'table=59,priority=0 actions=resubmit(,60)',
  'table=60,priority=3 actions=NORMAL',
  'table=24,priority=0 actions=drop',
];

/** Creates a bridge as Neutron's agent does: netdev datapath, OpenFlow 1.0 to 1.4, fail_mode secure, flows of its own cookie. */
export async function createBridge(
  { vsctl, ofctl }: Pick<Switch, 'vsctl' | 'ofctl'>,
  name: string,
  { flows = NEUTRON_FLOWS, failMode = 'secure', externalIds = {} }: BridgeOptions = {},
): Promise<void> {
  const columns = [
    'datapath_type=netdev',
    'protocols=OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14',
    `fail_mode=${failMode}`,
    ...Object.entries(externalIds).map(([key, value]) => `external_ids:${key}=${value}`),
  ];
  await vsctl('add-br', name, '--', 'set', 'Bridge', name, ...columns);
  for (const flow of flows) await ofctl('add-flow', name, `cookie=${NEUTRON_COOKIE},${flow}`);
}
