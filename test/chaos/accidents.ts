import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import { OUR_COOKIE } from '../e2e/wipe.ts';
import { NEUTRON_COOKIE, NEUTRON_FLOWS } from '../support/create-bridge.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/run-command.ts';
import type { Scene } from '../support/scene.ts';
import type { Switch } from '../support/switch.ts';
import type { Repaired, RepairStage } from './under-traffic.ts';

const LOCK = 'taas_agent';

/** A moment by both clocks: of captures, in microseconds since the epoch, and of the repair. */
interface Moment {
  readonly wall: number;
  readonly at: number;
}

const now = (): Moment => ({ wall: Date.now() * 1000, at: performance.now() });

/** Whether somebody accepts a connection. */
function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Begins to look for who answers at a socket; resolves with when it first did. */
async function back(path: string): Promise<Moment> {
  await eventually(() => accepts(path), { what: `somebody at ${path}`, timeoutMs: 60_000, intervalMs: 2 });
  return now();
}

/** The repair of what is done by `accident`, which answers when it could begin. */
async function repairSince({ watch }: RepairStage, accident: () => Promise<Moment>): Promise<Repaired> {
  let since = now();
  const { repairedAt } = await watch.repairOf(async () => {
    since = await accident();
  });
  return { since: since.wall, took: Math.max(0, repairedAt - since.at) };
}

/** Neutron's agent puts its flows back; all at once, as it does. */
export async function putNeutronsFlowsBack(on: Switch): Promise<void> {
  const input = NEUTRON_FLOWS.map((flow) => `cookie=${NEUTRON_COOKIE},${flow}`).join('\n');
  const args = ['-O', 'OpenFlow14', '--bundle', 'add-flows', 'br-int', '-'];
  await runCommand('ovs-ofctl', args, { input, env: { OVS_RUNDIR: on.runDir } });
}

const STRANGERS_COOKIE = 'cookie=0x5/-1';

/** Somebody has flows of their own above ours, and deletes ours: ours come back, theirs stay, and rule, until they go. */
export async function strangersAboveOurs({ on }: Scene, { watch }: RepairStage): Promise<Repaired> {
  const theirs = { 'br-tap': 'priority=65535,in_port=capture-out-0', 'br-int': 'priority=60001,in_port=patch-int-tap' };
  for (const [bridge, flow] of Object.entries(theirs))
    await on.ofctl('add-flow', bridge, `cookie=0x5,${flow},actions=drop`);
  const { longest } = await watch.repairOf(async () => {
    for (const bridge of Object.keys(theirs)) await on.ofctl('del-flows', bridge, `cookie=${OUR_COOKIE}`);
  });
  const held = await watch.holding();
  for (const bridge of Object.keys(theirs)) {
    const left = await on.dumpFlows(bridge, STRANGERS_COOKIE);
    if (left.length !== 1) throw new Error(`of somebody's flows of ${bridge} there are ${left.length}`);
    await on.ofctl('del-flows', bridge, STRANGERS_COOKIE);
  }
  const since = now().wall;
  if ((await watch.holding()) !== held) throw new Error('ours went with theirs');
  return { since, took: longest };
}

/** While somebody else has the lock our flows are deleted, and stay so; then it is given back. */
export async function lockStolen({ on }: Scene, stage: RepairStage): Promise<Repaired> {
  const thief = new OvsdbClient({ remote: `unix:${on.dbSocket}`, database: 'Open_vSwitch', tables: {} });
  thief.start();
  try {
    await thief.ready();
    return await repairSince(stage, async () => {
      await thief.steal(LOCK);
      await on.ofctl('del-flows', 'br-tap');
      await delay(150);
      const flows = await on.dumpFlows('br-tap');
      if (flows.length > 0) throw new Error(`the switch is another's, and yet there is ${flows[0]}`);
      const given = now();
      await thief.unlock(LOCK);
      return given;
    });
  } finally {
    await thief.close();
  }
}

/** Words of ovs-vsctl that plug a VM's device as it is plugged now. */
async function plugged(on: Switch, portName: string): Promise<readonly string[]> {
  const tag = await on.vsctl('get', 'Port', portName, 'tag');
  const ids = await on.vsctl('get', 'Interface', portName, 'external_ids');
  const port = ['--', 'add-port', 'br-int', portName, ...(tag === '[]' ? [] : [`tag=${tag}`])];
  return [...port, '--', 'set', 'Interface', portName, `external_ids=${ids.slice(1, -1)}`];
}

/** br-int is deleted, and made again with its VMs' ports, and Neutron's flows. */
export async function integrationBridgeRemade({ on }: Scene, stage: RepairStage): Promise<Repaired> {
  const vms = (await on.vsctl('list-ports', 'br-int')).split('\n').filter((name) => name.startsWith('tap'));
  const ports: string[] = [];
  for (const name of vms) ports.push(...(await plugged(on, name)));
  const columns = ['datapath_type=netdev', 'protocols=OpenFlow10,OpenFlow13,OpenFlow14', 'fail_mode=secure'];
  return repairSince(stage, async () => {
    await on.vsctl('del-br', 'br-int');
    await on.vsctl('add-br', 'br-int', '--', 'set', 'Bridge', 'br-int', ...columns, ...ports);
    const made = now();
    await putNeutronsFlowsBack(on);
    return made;
  });
}

/** ovs-vswitchd is killed, and started after a while; with it go all flows. */
export function vswitchdKilled({ on }: Scene, stage: RepairStage, awayMs: number): Promise<Repaired> {
  return repairSince(stage, async () => {
    await on.killVswitchd();
    await delay(awayMs);
    const [answers] = await Promise.all([back(`${on.runDir}/br-int.mgmt`), on.startVswitchd()]);
    await putNeutronsFlowsBack(on);
    return answers;
  });
}

/**
 * ovsdb-server is restarted. Without it ovs-vswitchd answers nobody, and whoever wants to delete our flows has to wait: they
 * are deleted the moment that it is back, and that is where the repair can begin.
 */
export function databaseRestarted({ on }: Scene, stage: RepairStage, awayMs: number): Promise<Repaired> {
  return repairSince(stage, async () => {
    await on.ovsdb.stop();
    await delay(awayMs);
    await on.ovsdb.start();
    await on.ofctl('del-flows', 'br-tap');
    return now();
  });
}
