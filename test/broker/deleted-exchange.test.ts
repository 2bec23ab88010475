import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { agentQueue, CONTROL_PLANE_QUEUE, FANOUT_EXCHANGE } from '../../src/bus/topology.ts';
import { enveloped, rpcMessage } from '../bus/neutron-rpc.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { BusProbe, tapFlow, uuid } from './bus-probe.ts';
import { ControlPlaneProbe } from './control-plane-probe.ts';

let broker: Rabbitmq;
let vhost: Rabbitmq;
const probes: (BusProbe | ControlPlaneProbe)[] = [];

beforeAll(async () => {
  broker = await Rabbitmq.share();
});
afterAll(() => broker?.stop());
beforeEach(async () => {
  vhost = await broker.another();
});
afterEach(async () => {
  await Promise.all(probes.splice(0).map((probe) => probe.bus.stop()));
  await vhost.stop();
});

/** Looks often, for tests; the default is as short as "within seconds" asks for. */
const timing = { watchMs: 100 };

async function startAgent(options: Partial<typeof timing> = timing): Promise<BusProbe> {
  const agent = new BusProbe({ urls: [vhost.url], host: 'h', timing: options });
  probes.push(agent);
  await agent.startConsuming();
  return agent;
}

/** As an operator deletes an exchange; whoever casts to it next makes it anew, as oslo.messaging does, or nobody does. */
async function deleteExchange(name: string, again?: 'fanout' | 'topic'): Promise<void> {
  const link = await vhost.connect();
  const channel = await link.createChannel();
  await channel.deleteExchange(name);
  if (again) await channel.assertExchange(name, again, { durable: false, autoDelete: again === 'fanout' });
  await link.close();
}

/** A plugin that takes what is cast to it. */
async function bindPlugin(): Promise<void> {
  const link = await vhost.connect();
  const channel = await link.createChannel();
  await channel.assertExchange('neutron', 'topic', { durable: false });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'neutron', 'n-taas-plugin');
}

const witnesses = async () =>
  (await vhost.rows('list_exchanges', 'name', 'internal')).filter((row) => /taas.*\ttrue$/.test(row)).toSorted();

const OF_AGENT = [`${agentQueue('h')}.control`, `${agentQueue('h')}.fanout`].map((name) => `${name}\ttrue`);

describe('an agent whose exchange is deleted and made anew binds to it again, and asks for a sync', () => {
  test.each([
    ['the fanout exchange', FANOUT_EXCHANGE, 'fanout', ''],
    ['the control exchange', 'neutron', 'topic', 'n-taas_agent.h'],
  ] as const)('%s', async (_, exchange, type, key) => {
    await bindPlugin();
    const agent = await startAgent();
    await agent.traced('sync_cast');
    await deleteExchange(exchange, type);
    await agent.traced('consuming', 2);
    expect(agent.of('disconnected')).toMatchObject([
      { reason: `the exchange ${exchange} was deleted, and with it the binding of our queue` },
    ]);
    // Nobody takes what goes to a control exchange that has just been made.
    if (exchange === 'neutron') await bindPlugin();
    await agent.traced('sync_cast', 2);
    await vhost.publish(exchange, key, tapFlow(1));
    await agent.taken(1);
    expect(await witnesses()).toEqual(OF_AGENT);
  });
});

test('within seconds with the default timing', async () => {
  const agent = await startAgent({});
  const deleted = performance.now();
  await deleteExchange(FANOUT_EXCHANGE, 'fanout');
  await agent.traced('consuming', 2);
  // Generous: it is a look every two seconds, and a new session.
  expect(performance.now() - deleted).toBeLessThan(20_000);
});

test('an exchange that nobody makes anew is made by the agent', async () => {
  const agent = await startAgent();
  await deleteExchange(FANOUT_EXCHANGE);
  await agent.traced('consuming', 2);
  expect(agent.of('exchange_created').map(({ exchange }) => exchange)).toEqual([
    'neutron',
    FANOUT_EXCHANGE,
    FANOUT_EXCHANGE,
  ]);
  await vhost.publish(FANOUT_EXCHANGE, '', tapFlow(1));
  await agent.taken(1);
});

test('a control plane binds again, and is told of it', async () => {
  const server = new ControlPlaneProbe({ urls: [vhost.url], timing });
  probes.push(server);
  await server.start();
  await deleteExchange('neutron', 'topic');
  await server.connected(2);
  const message = rpcMessage('set_tap_flow_status');
  message.args.msg.id = uuid(1);
  await vhost.publish('neutron', 'n-taas-plugin', enveloped(message));
  await server.taken(1);
  expect(await witnesses()).toEqual([`${CONTROL_PLANE_QUEUE}.control\ttrue`]);
});

test('as long as all is well the looks leave no trace, here or at the broker', async () => {
  const agent = await startAgent({ watchMs: 1 });
  const told = agent.traces.length;
  await delay(1_000);
  expect(agent.traces.slice(told).filter(({ kind }) => kind !== 'sync_failed')).toEqual([]);
  expect(await vhost.queued(agentQueue('h'))).toBe('0 0');
  await vhost.publish(FANOUT_EXCHANGE, '', tapFlow(1));
  await agent.taken(1);
});

describe('witnesses', () => {
  test('are gone after a stop', async () => {
    const agent = await startAgent();
    expect(await witnesses()).toEqual(OF_AGENT);
    await agent.bus.stop();
    expect(await witnesses()).toEqual([]);
  });

  test('that a crash has left are taken over', async () => {
    const link = await vhost.connect();
    const channel = await link.createChannel();
    await channel.assertExchange(FANOUT_EXCHANGE, 'fanout', { durable: false, autoDelete: true });
    const left = `${agentQueue('h')}.fanout`;
    await channel.assertExchange(left, 'fanout', { durable: false, autoDelete: true, internal: true });
    await channel.bindExchange(FANOUT_EXCHANGE, left, '');
    const agent = await startAgent();
    await deleteExchange(FANOUT_EXCHANGE, 'fanout');
    await agent.traced('consuming', 2);
    expect(agent.of('exchange_unwatched')).toEqual([]);
    await agent.bus.stop();
    expect(await witnesses()).toEqual([]);
  });

  test('that the broker refuses are told, and a missing exchange is noticed all the same', async () => {
    await broker.ctl('set_permissions', '-p', vhost.vhost, 'guest', '^(?!.*[.]fanout$).*', '.*', '.*');
    const agent = await startAgent();
    expect(agent.of('exchange_unwatched')).toMatchObject([
      { exchange: FANOUT_EXCHANGE, reason: expect.stringContaining('ACCESS_REFUSED') },
    ]);
    expect(await witnesses()).toEqual(OF_AGENT.slice(0, 1));
    await deleteExchange(FANOUT_EXCHANGE);
    await agent.traced('consuming', 2);
    await vhost.publish(FANOUT_EXCHANGE, '', tapFlow(1));
    await agent.taken(1);
  });
});
