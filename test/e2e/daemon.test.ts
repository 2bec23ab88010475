import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { notifySocket } from '../host/notify-socket.ts';
import { prepareAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { heldTaps } from '../support/held-taps.ts';
import { type Scene, startScene } from '../support/scene.ts';
import type { Vm } from '../support/vm.ts';
import { beginAgent } from './begin-agent.ts';
import { outDifference } from './copied.ts';
import { linesOf, logged, saying } from './log-lines.ts';
import { runProgram } from './run-program.ts';

const HOLDS = saying('the switch holds what is wanted');

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

/** Rows and flows of ours, as the switch has them. */
async function ours(): Promise<string> {
  const rows = ['Mirror', 'Port', 'Bridge'].map((table) =>
    scene.on.vsctl('--columns=_uuid,name', '--bare', 'find', table, 'external_ids:owner=taas-agent'),
  );
  const flows = ['br-int', 'br-tap'].map((bridge) => scene.on.ofctl('dump-flows', '--no-stats', bridge));
  const dumped = (await Promise.all(flows)).map((text) => text.replace(/ \(xid=.*\)/, ''));
  return [...(await Promise.all(rows)), ...dumped].join('\n');
}

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it cleanly, and the taps stay', async (signal) => {
    const { agent } = scene;
    await scene.tap(source, sensor, 'OUT');
    const before = await ours();
    agent.process().signal(signal);
    expect(await agent.process().ended).toEqual({ exitCode: 0, signal: null });
    expect(linesOf(agent, saying('taas-agent stops; the taps stay in place'))).toMatchObject([{ signal }]);
    expect(agent.log().at(-1)?.msg).toBe('taas-agent has stopped');
    expect(await ours()).toBe(before);
    expect(await outDifference(scene, source, sensor)).toBe('');
    await agent.start();
    expect(await ours()).toBe(before);
    expect(linesOf(agent, saying('step confirmed'))).toEqual([]);
  });

  test('a second one ends it at once, whatever it waits for', async () => {
    const { agent, plugin, on } = scene;
    process.kill(on.vswitchd.pid(), 'SIGSTOP');
    try {
      const service = scene.service(sensor);
      await plugin.createService(service);
      await logged(agent, saying('create_tap_service'));
      // To the agent alone: with its ovs-ofctl ended, too, there would be nothing left to wait for.
      process.kill(agent.process().pid, 'SIGTERM');
      await logged(agent, saying('taas-agent stops; the taps stay in place'));
      process.kill(agent.process().pid, 'SIGTERM');
      expect(await agent.process().ended).toEqual({ exitCode: 1, signal: null });
    } finally {
      process.kill(on.vswitchd.pid(), 'SIGCONT');
    }
  });

  test('SIGHUP reads the log level again, and says when the settings are wrong', async () => {
    const { agent } = scene;
    const settings = await readFile(agent.config, 'utf8');
    try {
      await writeFile(agent.config, settings.replace('level: debug', 'level: info'));
      agent.process().signal('SIGHUP');
      const reloaded = /^settings read again/;
      const [line] = await logged(agent, ({ msg }) => reloaded.test(msg));
      const before = agent.log().indexOf(line ?? { level: '', msg: '' });
      expect(agent.log().some(({ level }) => level === 'debug')).toBe(true);
      await scene.tap(source, sensor, 'OUT');
      expect(
        agent
          .log()
          .slice(before)
          .filter(({ level }) => level === 'debug'),
      ).toEqual([]);

      await writeFile(agent.config, settings.replace('level: debug', 'level: loud'));
      agent.process().signal('SIGHUP');
      const [wrong] = await logged(agent, saying('the settings are wrong: those in force stay'));
      expect(JSON.stringify(wrong)).toContain('log.level');
      expect(await outDifference(scene, source, sensor)).toBe('');
    } finally {
      await writeFile(agent.config, settings);
      agent.process().signal('SIGHUP');
    }
    await logged(agent, (line) => line['logLevel'] === 'debug');
  });
});

test('once all is quiet, memory is given back', async () => {
  // What Node takes to start with is enough.
  const [line] = await logged(scene.agent, saying('memory given back'));
  expect(line?.['bytes']).toBeGreaterThan(0);
});

test('systemd hears READY, WATCHDOG, RELOADING and STOPPING on its socket', async () => {
  const systemd = await notifySocket(join(scene.agent.stateDir, 'notify'));
  const { agent } = scene;
  await agent.stop();
  const begun = await beginAgent(agent, { ...systemd.environment, WATCHDOG_USEC: '200000' });
  try {
    const ready = await systemd.heard('READY=1');
    expect(systemd.messages()[ready]).toContainEqual(
      expect.stringMatching(/^STATUS=0 tap services, 0 tap flows known;/),
    );
    expect(await systemd.heard('WATCHDOG=1')).toBeGreaterThan(ready);
    begun.process().signal('SIGHUP');
    const reloading = await systemd.heard('RELOADING=1');
    const again = () => systemd.messages().findLastIndex((message) => message.includes('READY=1')) > reloading;
    await eventually(again, { what: 'READY after RELOADING' });
    begun.process().signal('SIGTERM');
    await systemd.heard('STOPPING=1');
    expect(await begun.process().ended).toEqual({ exitCode: 0, signal: null });
  } finally {
    await begun.process().stop();
    await systemd.stop();
  }
});

describe('taps on disk that cannot be read: one sentence with the file and the way out, exit 1', () => {
  test.each<[string, (good: Buffer) => Buffer, string]>([
    ['bytes spoilt in its middle', (good) => Buffer.concat([good.subarray(0, 60), good.subarray(61)]), 'is damaged'],
    ['cut to its header', (good) => good.subarray(0, 22), 'is damaged'],
    ['recipes', () => Buffer.from('{"recipes":[]}'), 'holds something else'],
    ['an empty file', () => Buffer.alloc(0), 'is damaged'],
  ])('%s', async (_, spoil, words) => {
    const { agent } = scene;
    const before = await ours();
    await agent.stop();
    const file = join(agent.stateDir, 'taps.journal');
    const good = await readFile(file);
    const spoilt = spoil(good);
    try {
      await writeFile(file, spoilt);
      const { exitCode, stdout, stderr } = await runProgram(['--config', agent.config]);
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^taas-agent: [^\n]*$/);
      expect(stderr).toContain(file);
      expect(stderr).toContain(words);
      expect(stderr).toMatch(/move it away/);
      expect((await readFile(file)).equals(spoilt)).toBe(true);
      expect(await ours()).toBe(before);
    } finally {
      await writeFile(file, good);
    }
  });
});

test('taps of an agent from before there was a journal are taken over without touching the switch', async () => {
  const { agent } = scene;
  await scene.tap(source, sensor, 'OUT');
  const before = await ours();
  await agent.stop();
  const { tapServices, tapFlows, ...rest } = await heldTaps(agent.stateDir);
  const taps = { tapServices: [...tapServices.values()], tapFlows: [...tapFlows.values()] };
  const former = JSON.stringify({ format: 'taas-agent taps', version: 1, ...taps, ...rest });
  const names = (await readdir(agent.stateDir)).filter((name) => name.startsWith('taps.'));
  await Promise.all(names.map((name) => rm(join(agent.stateDir, name))));
  await writeFile(join(agent.stateDir, 'taps.json'), former);
  await agent.start();
  await logged(agent, saying('taps taken over from the file of an earlier version'));
  expect(await ours()).toBe(before);
  expect(linesOf(agent, saying('step confirmed'))).toEqual([]);
  expect(await outDifference(scene, source, sensor)).toBe('');
});

describe('a state folder that cannot be written', () => {
  test('at the start: one sentence, exit 1', async () => {
    const { config } = scene.agent;
    const { exitCode, stderr } = await runProgram(['--config', config], { TAAS_AGENT_STATE_DIR: `${config}/state` });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^taas-agent: [^\n]*cannot be had[^\n]*ENOTDIR[^\n]*$/);
  });

  test('while it runs: the event stays with the broker until it can be saved, and is then carried out', async () => {
    const { agent, plugin } = scene;
    const [file, away] = ['taps.journal', 'away'].map((name) => join(agent.stateDir, name)) as [string, string];
    await rename(file, away);
    await mkdir(file);
    const service = scene.service(sensor);
    try {
      await plugin.createService(service);
      await logged(agent, saying('tap events could not be saved; they stay with the broker'), 2);
      expect(plugin.reports(service.id)).toEqual([]);
    } finally {
      await rmdir(file);
      await rename(away, file);
    }
    await plugin.reported('ACTIVE', service.id);
    expect((await heldTaps(agent.stateDir)).tapServices.has(service.id)).toBe(true);
  });
});

test('a second agent with the same state_dir is refused with one sentence', async () => {
  const { exitCode, stderr } = await runProgram(['--config', scene.agent.config]);
  expect(exitCode).toBe(1);
  expect(stderr.trim()).toBe(
    `taas-agent: ${scene.agent.stateDir} is in use by a running taas-agent; stop it, or set another state_dir`,
  );
});

describe('a second agent on the same switch', () => {
  test('waits, touches nothing, and takes over when the first ends', async () => {
    const { agent } = scene;
    const second = await prepareAgent({ on: scene.on, brokerUrl: scene.broker.url, host: 'host-2' });
    const begun = await beginAgent(second);
    try {
      await logged(begun, saying('another agent holds this switch: waiting for it to end'));
      await logged(begun, saying('taking tap events'));
      const flow = await scene.tap(source, sensor, 'OUT');
      await logged(begun, (line) => line['tapFlow'] === flow.id);
      const before = await ours();
      expect(linesOf(begun, saying('step confirmed'))).toEqual([]);
      await agent.stop();
      await logged(begun, HOLDS);
      // Every agent numbers taps by itself: the same taps may have other cookies, and copies have no gap.
      expect((await ours()).split('\n').length).toBe(before.split('\n').length);
      expect(await outDifference(scene, source, sensor)).toBe('');
    } finally {
      await begun.process().stop();
      await second.remove();
    }
  });
});
