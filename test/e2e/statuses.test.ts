import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LogLine } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { newFlow, newService, Plugin } from '../support/plugin.ts';
import { type Scene, startScene } from '../support/scene.ts';
import type { Vm } from '../support/vm.ts';
import { beginAgent } from './begin-agent.ts';
import { outDifference } from './copied.ts';
import { linesOf, logged, saying } from './log-lines.ts';

let scene: Scene;
let source: Vm;
let sensor: Vm;

beforeAll(async () => {
  scene = await startScene({ settings: { port_grace_seconds: 3600 } });
});
afterAll(() => scene?.stop());
beforeEach(async () => {
  source = await scene.vm({ name: 'source', tag: 5 });
  sensor = await scene.vm({ name: 'sensor', tag: 6 });
});
afterEach(() => scene.reset());

/** A port that nobody has plugged. */
const absent = { portId: 'dddddddd-0000-4000-8000-000000000001', mac: 'fa:16:3e:00:00:dd' };

const about = (id: string) => (line: { readonly [field: string]: unknown }) =>
  line['tapFlow'] === id || line['tapService'] === id;

describe('ACTIVE', () => {
  test('comes only when the switch has confirmed', async () => {
    const { plugin, agent, on } = scene;
    const service = scene.service(sensor);
    const flow = scene.flow(source, service, 'BOTH');
    process.kill(on.vswitchd.pid(), 'SIGSTOP');
    try {
      await plugin.createService(service);
      await plugin.createFlow(flow);
      // A tap that needs the switch for longer than its grace time is no ERROR either.
      await logged(agent, saying('the switch could not be brought up to date'));
      expect([...plugin.reports(service.id), ...plugin.reports(flow.id)]).toEqual([]);
    } finally {
      process.kill(on.vswitchd.pid(), 'SIGCONT');
    }
    await plugin.reported('ACTIVE', service.id, flow.id);
    expect(await outDifference(scene, source, sensor)).toBe('');
  });

  test('does not come from a switch that is dead, and comes when it is back', async () => {
    const { plugin, agent, on } = scene;
    await on.killVswitchd();
    const failures = saying('the switch could not be brought up to date');
    const before = linesOf(agent, failures).length;
    const service = scene.service(sensor);
    const flow = scene.flow(source, service, 'BOTH');
    await plugin.createService(service);
    await plugin.createFlow(flow);
    await logged(agent, (line) => line.msg === 'create_tap_flow' && about(flow.id)(line));
    await logged(agent, failures, before + 1);
    expect([...plugin.reports(service.id), ...plugin.reports(flow.id)]).toEqual([]);
    await on.startVswitchd();
    await plugin.reported('ACTIVE', service.id, flow.id);
    expect(await outDifference(scene, source, sensor)).toBe('');
  });

  test('is reported for either spelling of the arguments', async () => {
    const { plugin } = scene;
    const service = scene.service(sensor);
    const row = { id: service.id, port_id: sensor.portId, status: 'DOWN' };
    await plugin.cast('create_tap_service', {
      host: 'host-1',
      tap_service_msg: { tap_service: row, taas_id: service.taasId, port: { id: sensor.portId } },
    });
    await plugin.reported('ACTIVE', service.id);
    await plugin.cast('delete_tap_service', {
      host: 'host-1',
      tap_service_msg: { tap_service: row, taas_id: service.taasId, port: null },
    });
    await plugin.reported('INACTIVE', service.id);
    await plugin.createService(service);
    await plugin.reported('ACTIVE', service.id);
  });

  test('is reported again for a row that is cast again, and nothing on the switch changes', async () => {
    const { plugin, agent } = scene;
    const flow = await scene.tap(source, sensor, 'BOTH');
    const steps = linesOf(agent, saying('step confirmed')).length;
    await plugin.createService(flow.service, 'ACTIVE');
    await plugin.createFlow(flow, 'ACTIVE');
    await eventually(() => plugin.reports(flow.id).length === 2, { what: 'a second report' });
    await eventually(() => plugin.reports(flow.service.id).length === 2, { what: 'a second report' });
    expect(plugin.reports(flow.id)).toEqual(['ACTIVE', 'ACTIVE']);
    expect(linesOf(agent, saying('step confirmed'))).toHaveLength(steps);
  });

  test('does not bring back what was deleted while the answer to a sync was under way', async () => {
    const { plugin, agent } = scene;
    const flow = await scene.tap(source, sensor, 'BOTH');
    await scene.untap(flow);
    await plugin.createFlow(flow, 'ACTIVE');
    await logged(agent, (line) => about(flow.id)(line) && line.msg.startsWith('created again by a sync'));
    expect(plugin.reports(flow.id)).toEqual(['ACTIVE', 'INACTIVE']);
    expect(await scene.on.vsctl('--bare', 'list', 'Mirror')).toBe('');
  });
});

describe('ERROR', () => {
  test('comes after the grace time for a port that is not plugged, with the reason, and the tap is forgotten', async () => {
    const { plugin, agent } = scene;
    await agent.stop();
    const impatient = await beginAgent(agent, { TAAS_AGENT_PORT_GRACE_SECONDS: '1' });
    try {
      const service = scene.service(sensor);
      const flow = newFlow(absent, service, 'BOTH');
      await plugin.createService(service);
      await plugin.createFlow(flow);
      await plugin.reported('ERROR', flow.id);
      expect(plugin.reports(service.id)).toEqual(['ACTIVE']);
      const given = linesOf(impatient, (line) => about(flow.id)(line) && line.level === 'error');
      const reason = `port ${absent.portId} is not plugged on this host`;
      expect(given).toMatchObject([{ msg: 'tap given up: reporting ERROR', reason }]);
      const late = await scene.vm({ name: 'late', tag: 5, ...absent });
      await scene.tap(source, sensor, 'IN');
      expect(plugin.reports(flow.id)).toEqual(['ERROR']);
      expect(await outDifference(scene, late, sensor)).toMatch(/^20 missing/);
    } finally {
      await impatient.process().stop();
      await agent.start();
    }
  });

  test('does not come when the port is plugged in time, first without its VLAN', async () => {
    const { plugin, agent } = scene;
    const service = scene.service(sensor);
    const late = await scene.vm({ name: 'late', tag: 4095 });
    const flow = scene.flow(late, service, 'OUT');
    await plugin.createService(service);
    await plugin.createFlow(flow);
    const waits = (line: LogLine) => about(flow.id)(line) && String(line['reason']).includes('not been given its VLAN');
    await logged(agent, waits);
    await late.setTag(5);
    await plugin.reported('ACTIVE', flow.id);
    expect(plugin.reports(flow.id)).toEqual(['ACTIVE']);
    expect(await outDifference(scene, late, sensor)).toBe('');
  });

  test('comes at once for copies that would come back to their source', async () => {
    const { plugin, agent } = scene;
    const service = scene.service(sensor);
    await plugin.createService(service);
    const flow = scene.flow(sensor, service, 'BOTH');
    await plugin.createFlow(flow);
    await plugin.reported('ERROR', flow.id);
    const [line] = linesOf(agent, (each) => about(flow.id)(each) && each.level === 'error');
    expect(line?.msg).toContain(`its copies would come back to its source port ${sensor.portId}`);
  });
});

describe('INACTIVE', () => {
  test('answers a delete when nothing of the tap is left on the switch', async () => {
    const { plugin, on } = scene;
    const flow = await scene.tap(source, sensor, 'BOTH');
    process.kill(on.vswitchd.pid(), 'SIGSTOP');
    try {
      await plugin.deleteFlow(flow);
      await plugin.deleteService(flow.service);
      const noMirrors = async () => (await on.vsctl('--no-wait', '--bare', 'list', 'Mirror')) === '';
      await eventually(noMirrors, { what: 'the mirrors to go from the database' });
      expect(plugin.reports(flow.id)).toEqual(['ACTIVE']);
    } finally {
      process.kill(on.vswitchd.pid(), 'SIGCONT');
    }
    await plugin.reported('INACTIVE', flow.id, flow.service.id);
    expect(await on.vsctl('--bare', 'list', 'Mirror')).toBe('');
    expect(await on.dumpFlows('br-int', 'cookie=0x7461617300000000/0xffffffff00000000')).toEqual([]);
  });

  test.each([
    ['of this host', 'host-1'],
    ['of nobody', null],
  ])('answers a delete of what was never known, %s', async (_, host) => {
    const { plugin } = scene;
    const [service, flow] = [newService(sensor, 99), newFlow(source, newService(sensor, 99))];
    await plugin.cast('delete_tap_service', { host, tap_service: { tap_service: { id: service.id }, port: null } });
    await plugin.cast('delete_tap_flow', { host, tap_flow_msg: { tap_flow: { id: flow.id }, port: null } });
    await plugin.reported('INACTIVE', service.id, flow.id);
  });

  test('answers a delete that names no host, for a tap of ours', async () => {
    const { plugin } = scene;
    const flow = await scene.tap(source, sensor, 'BOTH');
    await plugin.cast('delete_tap_flow', { host: null, tap_flow_msg: { tap_flow: { id: flow.id }, port: null } });
    await plugin.reported('INACTIVE', flow.id);
    expect(await outDifference(scene, source, sensor)).toMatch(/^20 missing/);
  });
});

test('taps of another host are held and realised where their port is, and not reported', async () => {
  const { plugin, agent } = scene;
  const elsewhere = await Plugin.start(scene.broker, 'host-2');
  const service = newService(sensor, 77);
  const flow = newFlow(source, service, 'BOTH');
  await elsewhere.createService(service);
  await elsewhere.createFlow(flow);
  await logged(agent, (line) => line.msg === 'create_tap_flow' && about(flow.id)(line));
  // What is reported of a later tap would be reported of these two before it.
  await scene.tap(source, await scene.vm({ name: 'other-sensor', tag: 7 }), 'IN');
  expect(await outDifference(scene, source, sensor)).toBe('');
  await elsewhere.deleteFlow(flow);
  await elsewhere.deleteService(service);
  await logged(agent, (line) => line.msg === 'delete_tap_service' && about(service.id)(line));
  await scene.tap(source, await scene.vm({ name: 'third-sensor', tag: 7 }), 'IN');
  expect([...plugin.reports(service.id), ...plugin.reports(flow.id)]).toEqual([]);
  await elsewhere.close();
});
