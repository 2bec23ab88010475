import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { prepareAgent, type TestAgent } from '../support/agent.ts';
import { capture } from '../support/capture.ts';
import { eventually } from '../support/eventually.ts';
import { type FlowSpec, newFlow, newService, Plugin } from '../support/plugin.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { settle } from '../support/settle.ts';
import { type Switch, startSwitch } from '../support/switch.ts';
import { plugVm, type Vm } from '../support/vm.ts';
import { beginAgent } from './begin-agent.ts';
import { outDifference } from './copied.ts';
import { linesOf, logged, saying } from './log-lines.ts';

const HOST = 'host-1';

/** Not a scene: here brokers and plugins end, too. */
let broker: Rabbitmq;
let on: Switch;
let agent: TestAgent;
let plugin: Plugin | undefined;
let source: Vm;
let sensor: Vm;

beforeAll(async () => {
  broker = await Rabbitmq.start();
  on = await startSwitch();
  await on.addBridge('br-int');
  agent = await prepareAgent({ on, brokerUrl: broker.url, host: HOST });
  source = await plugVm(on, { name: 'source', tag: 5 });
  sensor = await plugVm(on, { name: 'sensor', tag: 6 });
});
afterAll(async () => {
  await agent?.remove();
  for (const vm of [source, sensor]) await vm?.remove();
  await on?.stop();
  await broker?.stop();
});
beforeEach(async () => {
  plugin = await Plugin.start(broker, HOST);
  await agent.start();
});
afterEach(async () => {
  await agent.stop();
  await plugin?.close();
  plugin = undefined;
});

function neutron(): Plugin {
  if (!plugin) throw new Error('the plugin is away');
  return plugin;
}

/** Ends the plugin with its queue, as a Neutron that is down and has never been up. */
async function withoutNeutron(): Promise<void> {
  await plugin?.close();
  plugin = undefined;
}

let lastTaasId = 0;
function newTap(): FlowSpec {
  lastTaasId += 1;
  return newFlow(source, newService(sensor, lastTaasId), 'BOTH');
}

async function create(flow: FlowSpec): Promise<void> {
  await neutron().createService(flow.service);
  await neutron().createFlow(flow);
}

async function created(): Promise<FlowSpec> {
  const flow = newTap();
  await create(flow);
  await neutron().reported('ACTIVE', flow.service.id, flow.id);
  return flow;
}

async function remove(flow: FlowSpec): Promise<void> {
  await neutron().deleteFlow(flow);
  await neutron().deleteService(flow.service);
  await neutron().reported('INACTIVE', flow.service.id, flow.id);
}

const exactly = async () => expect(await outDifference({ capture, settle: () => settle(on) }, source, sensor)).toBe('');
const syncs = (of: Plugin) => of.calls().filter(({ method }) => method === 'sync_tap_resources');
const stepsOf = (run: Parameters<typeof linesOf>[0]) => linesOf(run, saying('step confirmed'));

describe('while the agent is down', () => {
  test('events wait in its queue, and are carried out in their order when it starts', async () => {
    const before = await created();
    await agent.stop();
    const fleeting = newTap();
    await create(fleeting);
    await neutron().deleteFlow(fleeting);
    await neutron().deleteService(fleeting.service);
    await neutron().deleteFlow(before);
    await neutron().deleteService(before.service);
    const flow = newTap();
    await create(flow);
    await agent.start();
    await neutron().reported('ACTIVE', flow.service.id, flow.id);
    await neutron().reported('INACTIVE', before.service.id, before.id, fleeting.service.id, fleeting.id);
    await exactly();
    await remove(flow);
  });

  test('and killed with kill -9, no tap is lost, and nothing changes when it is back', async () => {
    const flow = await created();
    await agent.stop('SIGKILL');
    await exactly();
    await agent.start();
    expect(stepsOf(agent)).toEqual([]);
    await exactly();
    await remove(flow);
    expect(await on.vsctl('--bare', 'list', 'Mirror')).toBe('');
  });

  test('and killed before the switch had confirmed, neither the tap nor its report is lost', async () => {
    const flow = newTap();
    process.kill(on.vswitchd.pid(), 'SIGSTOP');
    try {
      await create(flow);
      await logged(agent, (line) => line['tapService'] === flow.service.id);
      await agent.stop('SIGKILL');
    } finally {
      process.kill(on.vswitchd.pid(), 'SIGCONT');
    }
    expect(neutron().reports(flow.id)).toEqual([]);
    await agent.start();
    await neutron().reported('ACTIVE', flow.service.id, flow.id);
    await exactly();
    await remove(flow);
  });

  test('and killed again and again while taps come and go, the switch ends as Neutron believes it', async () => {
    const kept: FlowSpec[] = [];
    for (let round = 0; round < 4; round += 1) {
      const flow = newTap();
      await create(flow);
      const former = kept.at(-1);
      if (former && round % 2 === 0) {
        await neutron().deleteFlow(former);
        kept.pop();
      }
      kept.push(flow);
      await agent.stop('SIGKILL');
      await agent.start();
    }
    await neutron().reported('ACTIVE', ...kept.map(({ id }) => id));
    const flows = await on.dumpFlows('br-tap', 'cookie=0x7461617320000000/0xfffffffff0000000');
    expect(flows).toHaveLength(2 * kept.length);
    for (const flow of kept) await remove(flow);
  });
});

describe('a plugin that is away', () => {
  test('gets its reports, each in order, when its queue is there: also after a kill -9 of the agent', async () => {
    const flow = await created();
    const backstage = await broker.connect();
    await withoutNeutron();
    const cast = async (method: string, args: unknown) => {
      const channel = await backstage.createConfirmChannel();
      channel.publish('n-taas_agent_fanout', '', Buffer.from(JSON.stringify({ method, args })));
      await channel.waitForConfirms();
    };
    await cast('delete_tap_flow', { host: HOST, tap_flow_msg: { tap_flow: { id: flow.id }, port: null } });
    const unsent = saying('a status could not be reported; it is kept and sent again');
    const [line] = await logged(agent, unsent);
    expect(line).toMatchObject({ id: flow.id, status: 'INACTIVE', err: { code: 'unroutable' } });
    await cast('delete_tap_service', { host: HOST, tap_service: { tap_service: { id: flow.service.id }, port: null } });
    await logged(agent, saying('delete_tap_service'));
    await agent.stop('SIGKILL');
    await agent.start();
    await logged(agent, unsent);
    plugin = await Plugin.start(broker, HOST);
    await plugin.reported('INACTIVE', flow.id, flow.service.id);
    const told = plugin.calls().filter(({ method }) => method !== 'sync_tap_resources');
    expect(told.map(({ method }) => method)).toEqual(['set_tap_flow_status', 'set_tap_service_status']);
  });

  test('is asked for the taps of this host at the start, and until it takes the question', async () => {
    await eventually(() => syncs(neutron()).length === 1, { what: 'a sync' });
    expect(syncs(neutron())[0]?.args).toEqual({ sync_tap_res: { host_id: HOST }, host: HOST });
    await agent.stop();
    await withoutNeutron();
    await agent.start();
    await logged(agent, saying('Neutron could not be asked for the taps of this host'));
    plugin = await Plugin.start(broker, HOST);
    await eventually(() => syncs(neutron()).length === 1, { what: 'a sync', timeoutMs: 90_000 });
  });
});

describe('RabbitMQ restarts while the agent runs', () => {
  test('taps stay as they are, the plugin is asked again, and events flow again', async () => {
    const flow = await created();
    const steps = stepsOf(agent).length;
    const asked = saying('asked Neutron for the taps of this host');
    const before = linesOf(agent, asked).length;
    await broker.halt();
    plugin = undefined;
    await logged(agent, saying('the connection to RabbitMQ was lost'));
    await exactly();
    await broker.resume();
    plugin = await Plugin.start(broker, HOST);
    await logged(agent, saying('taking tap events'), 2);
    await logged(agent, asked, before + 1);
    expect(stepsOf(agent)).toHaveLength(steps);
    const other = await created();
    await remove(other);
    await exactly();
    await remove(flow);
  });

  test('reports of what the switch did meanwhile are delivered afterwards', async () => {
    process.kill(on.vswitchd.pid(), 'SIGSTOP');
    const flow = newTap();
    try {
      await create(flow);
      await logged(agent, (line) => line['tapService'] === flow.service.id);
      await broker.halt();
      plugin = undefined;
    } finally {
      process.kill(on.vswitchd.pid(), 'SIGCONT');
    }
    await logged(agent, saying('a status could not be reported; it is kept and sent again'));
    await broker.resume();
    plugin = await Plugin.start(broker, HOST);
    await plugin.reported('ACTIVE', flow.service.id, flow.id);
    await exactly();
    await remove(flow);
  });
});

test('an agent that is started before everything else waits, says for what, and comes up by itself', async () => {
  const flow = await created();
  await agent.stop();
  await broker.halt();
  plugin = undefined;
  await on.vswitchd.stop();
  await on.ovsdb.stop();
  const begun = await beginAgent(agent);
  try {
    await logged(begun, saying('the OVSDB will be tried again'), 3);
    expect(linesOf(begun, saying('no connection to the OVSDB'))).toHaveLength(1);
    await logged(begun, saying('RabbitMQ cannot be reached'), 2);
    expect(linesOf(begun, saying('waiting for the switch'))).toHaveLength(1);
    await on.ovsdb.start();
    await logged(begun, saying('connected to the OVSDB'));
    await on.startVswitchd();
    await logged(begun, saying('the switch holds what is wanted'));
    await exactly();
    await broker.resume();
    plugin = await Plugin.start(broker, HOST);
    await logged(begun, saying('taking tap events'));
    await remove(flow);
    begun.process().signal('SIGTERM');
    expect(await begun.process().ended).toEqual({ exitCode: 0, signal: null });
  } finally {
    await begun.process().stop();
  }
});
