import { join } from 'node:path';
import { type BridgeOptions, createBridge } from './create-bridge.ts';
import { eventually } from './eventually.ts';
import { addFolder } from './folder.ts';
import { addNamespace, type Namespace } from './namespace.ts';
import { createDatabase, type OvsDaemon, ovsDaemon } from './ovs-daemon.ts';
import { runCommand } from './run-command.ts';

export interface SwitchOptions {
  /** other_config:vlan-limit of ovs-vswitchd.conf.db(5): how many VLAN tags flows may match; its default is 1. */
  readonly vlanLimit?: 0 | 1 | 2;
  /** external_ids:hostname, what Neutron's agent would write there. */
  readonly hostname?: string;
}

/** A whole Open vSwitch of a test's own, userspace datapath, in a namespace of its own. */
export interface Switch {
  /** OVS_RUNDIR: holds db.sock and BRIDGE.mgmt. */
  readonly runDir: string;
  /** Path of the database's Unix socket. */
  readonly dbSocket: string;
  readonly namespace: Namespace;
  readonly ovsdb: OvsDaemon;
  readonly vswitchd: OvsDaemon;
  addBridge(name: string, options?: BridgeOptions): Promise<void>;
  /** ovs-vsctl(8); waits for ovs-vswitchd to apply it unless given --no-wait. */
  vsctl(...args: readonly string[]): Promise<string>;
  /** ovs-ofctl(8) with OpenFlow 1.4; a bridge is named by its name. */
  ofctl(...args: readonly string[]): Promise<string>;
  /** ovs-appctl(8) to ovs-vswitchd. */
  appctl(...args: readonly string[]): Promise<string>;
  /** Flows of a bridge without their counters, one a line, in the switch's own order. */
  dumpFlows(bridge: string, match?: string): Promise<readonly string[]>;
  restartVswitchd(): Promise<void>;
  /** kill -9: no clean end, the flows are gone. */
  killVswitchd(): Promise<void>;
  /** Resolves when every bridge of the database is there, without flows. */
  startVswitchd(): Promise<void>;
  restartDb(): Promise<void>;
  /** Ends the daemons and removes namespace and files. VMs are removed before. */
  stop(): Promise<void>;
}

async function configure(socket: string, { vlanLimit, hostname }: SwitchOptions): Promise<void> {
  const columns = [
    ...(vlanLimit === undefined ? [] : [`other_config:vlan-limit=${vlanLimit}`]),
    ...(hostname === undefined ? [] : [`external_ids:hostname=${hostname}`]),
  ];
  const set = columns.length === 0 ? [] : ['--', 'set', 'Open_vSwitch', '.', ...columns];
  await runCommand('ovs-vsctl', [`--db=unix:${socket}`, '--no-wait', 'init', ...set]);
}

function ofTools(runDir: string) {
  const env = { OVS_RUNDIR: runDir };
  const vsctl = (...args: readonly string[]) =>
    runCommand('ovs-vsctl', [`--db=unix:${join(runDir, 'db.sock')}`, '--timeout=60', ...args], { env });
  const ofctl = (...args: readonly string[]) =>
    runCommand('ovs-ofctl', ['-O', 'OpenFlow14', '--timeout=60', ...args], { env });
  const appctl = (...args: readonly string[]) =>
    runCommand('ovs-appctl', ['-t', join(runDir, 'ovs-vswitchd.ctl'), '--timeout=60', ...args], { env });
  const dumpFlows = async (bridge: string, match?: string) => {
    const text = await ofctl('dump-flows', '--no-stats', bridge, ...(match === undefined ? [] : [match]));
    return text.split('\n').flatMap((line) => (line.includes('actions=') ? [line.trim()] : []));
  };
  return { vsctl, ofctl, appctl, dumpFlows };
}

/** ovs-vswitchd answers before it has read the database: its bridges are there a moment later, all at once. */
async function startWithBridges(
  vswitchd: OvsDaemon,
  { vsctl, appctl }: Pick<Switch, 'vsctl' | 'appctl'>,
): Promise<void> {
  await vswitchd.start();
  const wanted = (await vsctl('list-br')).split('\n').sort().join();
  const present = async () => (await appctl('ofproto/list')).split('\n').sort().join() === wanted;
  await eventually(present, { what: 'ovs-vswitchd to set up its bridges' });
}

/** Starts an ovsdb-server and an ovs-vswitchd, without bridges. Throws SupportError with what they logged. */
export async function startSwitch(options: SwitchOptions = {}): Promise<Switch> {
  const folder = await addFolder('switch');
  const namespace = await addNamespace('switch');
  const runDir = folder.path;
  const dbSocket = join(runDir, 'db.sock');
  const ovsdb = ovsDaemon('ovsdb-server', runDir, namespace);
  const vswitchd = ovsDaemon('ovs-vswitchd', runDir, namespace);
  const tools = ofTools(runDir);
  const stop = async () => {
    await vswitchd.stop();
    await ovsdb.stop();
    await namespace.remove();
    await folder.remove();
  };
  const control = {
    addBridge: (name: string, bridge?: BridgeOptions) => createBridge(tools, name, bridge),
    restartVswitchd: async () => {
      await vswitchd.stop();
      await startWithBridges(vswitchd, tools);
    },
    killVswitchd: () => vswitchd.stop('SIGKILL'),
    startVswitchd: () => startWithBridges(vswitchd, tools),
    restartDb: async () => {
      await ovsdb.stop();
      await ovsdb.start();
    },
    stop,
  };
  try {
    await createDatabase(join(runDir, 'conf.db'));
    await ovsdb.start();
    await configure(dbSocket, options);
    await vswitchd.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { runDir, dbSocket, namespace, ovsdb, vswitchd, ...tools, ...control };
}
