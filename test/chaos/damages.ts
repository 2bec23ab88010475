import { OUR_COOKIE, wipes } from '../e2e/wipe.ts';
import { runCommand } from '../support/run-command.ts';
import type { Switch } from '../support/switch.ts';

/** Does something to what is ours on a switch, behind the agent's back. */
export type Damage = (on: Switch) => Promise<unknown>;

export interface Fault {
  readonly fault: string;
  /** Done in turn, one in a round. */
  readonly damages: readonly Damage[];
}

const deletedFlows: readonly Fault[] = wipes
  .filter(([what]) => what !== 'our mirrors')
  .map(([what, damage]) => ({ fault: `${what} deleted`, damages: [damage] }));

/** As an operator does who repairs br-int by hand: all flows go, and Neutron's are put back. */
async function replaceAllOfBrInt(on: Switch): Promise<void> {
  const neutrons = (await on.dumpFlows('br-int')).filter((flow) => !flow.includes('cookie=0x74616173'));
  const input = ['delete', ...neutrons.map((flow) => `add ${flow}`)].join('\n');
  const bundle = ['-O', 'OpenFlow14', '--bundle', 'add-flows', 'br-int', '-'];
  await runCommand('ovs-ofctl', bundle, { input, env: { OVS_RUNDIR: on.runDir } });
}

const drop = (bridge: string, flows: string) => (on: Switch) => on.ofctl('mod-flows', bridge, `${flows},actions=drop`);

const mirror = (name: string): Damage => {
  const found = ['--id=@m', 'get', 'Mirror', name, '--', 'remove', 'Bridge', 'br-int', 'mirrors', '@m'];
  return (on) => on.vsctl('--', ...found);
};

const port =
  (bridge: string, name: string): Damage =>
  (on) =>
    on.vsctl('del-port', bridge, name);

/** Each of what is ours, and is deleted or changed by somebody while the agent runs. */
export const faults: readonly Fault[] = [
  ...deletedFlows,
  { fault: 'all flows of br-int deleted, and Neutron’s put back at once', damages: [replaceAllOfBrInt] },
  {
    fault: 'flows of ours changed in place, on each bridge',
    damages: [
      drop('br-tap', `cookie=${OUR_COOKIE},table=0,in_port=capture-out-0`),
      drop('br-tap', `cookie=${OUR_COOKIE},table=1`),
      drop('br-int', `cookie=${OUR_COOKIE}`),
    ],
  },
  {
    fault: 'our mirrors deleted',
    damages: [mirror('taas-out-0'), mirror('taas-in-0'), (on) => on.vsctl('clear', 'Bridge', 'br-int', 'mirrors')],
  },
  {
    fault: 'a mirror of ours changed: its output, what it selects',
    damages: [
      (on) => on.vsctl('clear', 'Mirror', 'taas-out-0', 'output_port'),
      (on) => on.vsctl('clear', 'Mirror', 'taas-in-0', 'select_dst_port'),
      (on) => on.vsctl('set', 'Mirror', 'taas-out-0', 'select_vlan=4094'),
    ],
  },
  {
    fault: 'each port of ours deleted, both ends of each pair',
    damages: [
      port('br-int', 'mirror-out-0'),
      port('br-tap', 'capture-out-0'),
      port('br-int', 'mirror-in-0'),
      port('br-tap', 'capture-in-0'),
      port('br-int', 'patch-int-tap'),
      port('br-tap', 'patch-tap-int'),
    ],
  },
  { fault: 'br-tap deleted', damages: [(on) => on.vsctl('del-br', 'br-tap')] },
];
