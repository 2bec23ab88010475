import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import { snapshotForeign } from '../support/snapshot.ts';
import type { Vm } from '../support/vm.ts';
import { beginAgent } from './begin-agent.ts';
import { freshFrames, outDifference, receivedWhile } from './copied.ts';
import { linesOf, logged, saying } from './log-lines.ts';
import { runProgram } from './run-program.ts';
import { OUR_COOKIE } from './wipe.ts';

let scene: Scene;
let source: Vm;
let sensor: Vm;

beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.stop());
beforeEach(async () => {
  source = await scene.vm({ name: 'source', tag: 5 });
  sensor = await scene.vm({ name: 'sensor', tag: 6 });
});
afterEach(async () => {
  if (!scene.agent.process().isRunning()) await scene.agent.start();
  await scene.reset();
});

const vsctl = (...args: readonly string[]) => scene.on.vsctl(...args);
const cleanup = () => runProgram(['cleanup', '--config', scene.agent.config]);

/** Adds an operator's mirror of a port to br-int; without a destination it copies nothing, but is a mirror. */
async function addMirror(name: string, port: string): Promise<void> {
  const create = ['--', '--id=@m', 'create', 'Mirror', `name=${name}`, 'select_src_port=@p', 'select_dst_port=@p'];
  await vsctl('--', '--id=@p', 'get', 'Port', port, ...create, '--', 'add', 'Bridge', 'br-int', 'mirrors', '@m');
}

const addPort = (bridge: string, name: string) =>
  vsctl('add-port', bridge, name, '--', 'set', 'Interface', name, 'type=internal');

/** Two bridges joined by a pair of patch ports, as Neutron joins br-int to a provider network. */
async function addPatchPair(): Promise<void> {
  const patch = (bridge: string, name: string, peer: string) => [
    '--',
    'add-port',
    bridge,
    name,
    '--',
    'set',
    'Interface',
    name,
    'type=patch',
    `options:peer=${peer}`,
  ];
  await vsctl(...patch('br-int', 'int-br-ex', 'phy-br-ex'), ...patch('br-ex', 'phy-br-ex', 'int-br-ex'));
}

/** All that an operator may have beside us, as near to what is ours as it can be. */
async function furnish(): Promise<void> {
  await scene.on.addBridge('br-ex');
  await addPatchPair();
  await addPort('br-int', 'operators-mirror-out');
  await addMirror('taas-out-7', source.portName);
  await addMirror('operators', source.portName);
  const id = '--id=@q';
  await vsctl(
    '--',
    id,
    'create',
    'QoS',
    'type=linux-htb',
    'other-config:max-rate=1000000',
    '--',
    'set',
    'Port',
    'int-br-ex',
    'qos=@q',
  );
  for (const flow of [
    'cookie=0x1,priority=60000,in_port=65000,dl_vlan=4000 actions=drop',
    'cookie=0x7461617200000001,priority=60001,dl_vlan=4001 actions=drop',
    'cookie=0x74616173,priority=59999,dl_vlan=4002 actions=drop',
    'priority=60000,dl_vlan=4003 actions=drop',
    'table=9,priority=60000 actions=drop',
  ]) {
    await scene.on.ofctl('add-flow', 'br-int', flow);
  }
}

async function clearOut(): Promise<void> {
  for (const mirror of ['taas-out-7', 'operators']) {
    await vsctl('--', '--id=@m', 'get', 'Mirror', mirror, '--', 'remove', 'Bridge', 'br-int', 'mirrors', '@m');
  }
  await vsctl('del-port', 'operators-mirror-out', '--', 'del-port', 'int-br-ex', '--', 'del-br', 'br-ex');
  await vsctl('--', '--all', 'destroy', 'QoS');
  for (const match of ['cookie=0x1/-1', 'cookie=0x7461617200000001/-1', 'cookie=0x74616173/-1', 'cookie=0x0/-1']) {
    await scene.on.ofctl('del-flows', 'br-int', match);
  }
}

async function expectNothingOfOurs(): Promise<void> {
  for (const table of ['Bridge', 'Port', 'Interface', 'Mirror', 'Flow_Table']) {
    expect(await vsctl('--bare', '--columns=name', 'find', table, 'external_ids:owner=taas-agent')).toBe('');
  }
  expect(await vsctl('--bare', 'list', 'Flow_Table')).toBe('');
  expect(await scene.on.dumpFlows('br-int', `cookie=${OUR_COOKIE}`)).toEqual([]);
  expect((await vsctl('list-br')).split('\n')).not.toContain('br-tap');
}

test('what is an operator’s is the same after taps, deletes, restarts, repairs and the clean-up', async () => {
  await furnish();
  const before = await snapshotForeign(scene.on);
  const unchanged = async () => expect(await snapshotForeign(scene.on)).toBe(before);
  const flow = await scene.tap(source, sensor, 'BOTH');
  await unchanged();
  expect(await outDifference(scene, source, sensor)).toBe('');
  await scene.untap(flow);
  await unchanged();
  await scene.tap(source, sensor, 'IN');
  await scene.agent.stop('SIGKILL');
  await scene.on.ofctl('del-flows', 'br-int', `cookie=${OUR_COOKIE}`);
  await scene.agent.start();
  await unchanged();
  await scene.agent.stop();
  expect(await cleanup()).toMatchObject({ exitCode: 0 });
  await unchanged();
  await expectNothingOfOurs();
  await clearOut();
});

describe('cleanup', () => {
  test('is refused while the agent runs: one sentence, exit 1, nothing changed', async () => {
    await scene.tap(source, sensor, 'BOTH');
    const { exitCode, stdout, stderr } = await cleanup();
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toBe('taas-agent: a running taas-agent holds this switch: stop it first, or it would put all back');
    expect(await outDifference(scene, source, sensor)).toBe('');
  });

  test('leaves nothing of ours and says what it removed; again, there is nothing; then the agent puts all back', async () => {
    await scene.tap(source, sensor, 'BOTH');
    await scene.agent.stop();
    expect(await cleanup()).toEqual({
      exitCode: 0,
      stdout: 'removed from the switch: 2 mirrors, 9 flows, 3 ports, 1 bridge',
      stderr: '',
    });
    await expectNothingOfOurs();
    expect(await cleanup()).toEqual({ exitCode: 0, stdout: 'nothing of ours was on the switch', stderr: '' });
    await scene.agent.start();
    expect(await outDifference(scene, source, sensor)).toBe('');
  });

  test('of a switch that cannot be reached says so', async () => {
    const { exitCode, stderr } = await runProgram(['cleanup', '--config', scene.agent.config], {
      TAAS_AGENT_OVS_REMOTE: `unix:${scene.on.runDir}/no.sock`,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^taas-agent: the switch cannot be reached at unix:[^\n]*no\.sock$/);
  });
});

describe('mirrors of an operator count against the 32 of a bridge', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `operators-${index}`);

  test('what they leave is ours, and taps that share it are still exact', async () => {
    const sources = [source];
    for (const number of [1, 2, 3, 4, 5, 6, 7]) sources.push(await scene.vm({ name: `s-${number}`, tag: 5 }));
    for (const name of names(20)) await addMirror(name, sensor.portName);
    for (const each of sources) await scene.tap(each, sensor, 'BOTH');
    const ours = await vsctl('--bare', '--columns=name', 'find', 'Mirror', 'external_ids:owner=taas-agent');
    expect(ours.split('\n').filter((line) => line !== '')).toHaveLength(12);
    const sent = freshFrames(source, 20);
    const [copies = []] = await receivedWhile(scene, [sensor], () => sendFrames(source, sent));
    // Once as the source sent it, and once for each of the others that it was delivered to.
    expect(
      compareFrames(
        copies,
        sources.flatMap(() => sent),
      ),
    ).toBe('');
    expect(scene.on.vswitchd.log()).not.toMatch(/mirror.*(limit|maximum|could not be created)/i);
    await scene.reset();
    await vsctl('clear', 'Bridge', 'br-int', 'mirrors');
  });

  test('when they take all, a tap is ERROR after its grace time, with that reason', async () => {
    const { agent, plugin } = scene;
    for (const name of names(32)) await addMirror(name, sensor.portName);
    await agent.stop();
    const impatient = await beginAgent(agent, { TAAS_AGENT_PORT_GRACE_SECONDS: '1' });
    try {
      const service = scene.service(sensor);
      const flow = scene.flow(source, service, 'OUT');
      await plugin.createService(service);
      await plugin.createFlow(flow);
      await plugin.reported('ERROR', flow.id);
      expect(plugin.reports(service.id)).toEqual(['ACTIVE']);
      const [line] = linesOf(impatient, saying('tap given up: reporting ERROR'));
      expect(line).toMatchObject({ tapFlow: flow.id, reason: expect.stringContaining('no mirror is left') });
    } finally {
      await impatient.process().stop();
      await vsctl('clear', 'Bridge', 'br-int', 'mirrors');
    }
  });
});

describe('somebody else’s bridge or port in a place that we need: nothing is touched, and it is said once', () => {
  beforeEach(async () => {
    await scene.agent.stop();
    await cleanup();
  });

  test.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    ['br-tap', () => scene.on.addBridge('br-tap'), () => vsctl('del-br', 'br-tap')],
    ['patch-int-tap', () => addPort('br-int', 'patch-int-tap'), () => vsctl('del-port', 'patch-int-tap')],
    ['mirror-out-0', () => addPort('br-int', 'mirror-out-0'), () => vsctl('del-port', 'mirror-out-0')],
  ])('%s', async (name, add, remove) => {
    const { agent, plugin } = scene;
    await add();
    const before = await snapshotForeign(scene.on);
    const impatient = await beginAgent(agent, { TAAS_AGENT_PORT_GRACE_SECONDS: '1' });
    try {
      const service = scene.service(sensor);
      const flow = scene.flow(source, service, 'OUT');
      await plugin.createService(service);
      await plugin.createFlow(flow);
      await plugin.reported('ERROR', flow.id);
      expect(await snapshotForeign(scene.on)).toBe(before);
      const blocked = linesOf(impatient, saying('no tap can be had'));
      expect(blocked).toMatchObject([
        { level: 'error', reason: expect.stringMatching(new RegExp(`${name} is there but not ours`)) },
      ]);
      await remove();
      // Both were given up and forgotten: what is created from now on works.
      await scene.tap(source, await scene.vm({ name: 'other', tag: 7 }), 'OUT');
      expect(plugin.reports(flow.id)).toEqual(['ERROR']);
      await logged(impatient, saying('the switch holds what is wanted'));
    } finally {
      await impatient.process().stop();
    }
  });
});
