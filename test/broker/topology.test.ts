import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentQueue, FANOUT_EXCHANGE } from '../../src/bus/topology.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { BusProbe, tapFlow, uuid } from './bus-probe.ts';

let vhost: Rabbitmq;
let probe: BusProbe;

beforeEach(async () => {
  vhost = await Rabbitmq.share();
  probe = new BusProbe({ urls: [vhost.url], host: 'h' });
});
afterEach(async () => {
  await probe.bus.stop();
  await vhost.stop();
});

async function rows(what: string, ...columns: string[]): Promise<string[]> {
  const lines = await vhost.rows(what, ...columns);
  // Witnesses are the matter of deleted-exchange.test.ts.
  const isWitness = (line: string) => /taas-agent[.]h[.](control|fanout)/.test(line);
  const ours = (line: string) => line.includes(FANOUT_EXCHANGE) || /(^|\t)neutron(\t|$)/.test(line);
  return lines.filter((line) => ours(line) && !isWitness(line));
}

const exchanges = () => rows('list_exchanges', 'name', 'type', 'durable', 'auto_delete');

test('on an empty broker: exchanges with the flags of a stock deployment, a queue that lasts, three bindings', async () => {
  await probe.startConsuming();
  expect((await exchanges()).toSorted()).toEqual([
    `${FANOUT_EXCHANGE}\tfanout\tfalse\ttrue`,
    'neutron\ttopic\tfalse\tfalse',
  ]);
  expect(probe.of('exchange_created').map((event) => event.exchange)).toEqual(['neutron', FANOUT_EXCHANGE]);
  expect(await rows('list_queues', 'name', 'durable', 'auto_delete', 'arguments')).toEqual([
    `${agentQueue('h')}\ttrue\tfalse\t[{"x-expires",259200000}]`,
  ]);
  expect((await rows('list_bindings', 'source_name', 'destination_name', 'routing_key')).toSorted()).toEqual([
    `\t${agentQueue('h')}\t${agentQueue('h')}`,
    `${FANOUT_EXCHANGE}\t${agentQueue('h')}\t`,
    `neutron\t${agentQueue('h')}\tn-taas_agent`,
    `neutron\t${agentQueue('h')}\tn-taas_agent.h`,
  ]);
});

test('exchanges that are there with other flags are adopted', async () => {
  const link = await vhost.connect();
  const channel = await link.createChannel();
  await channel.assertExchange('neutron', 'topic', { durable: true });
  await channel.assertExchange(FANOUT_EXCHANGE, 'fanout', { durable: true, autoDelete: false });
  await probe.startConsuming();
  expect((await exchanges()).toSorted()).toEqual([
    `${FANOUT_EXCHANGE}\tfanout\ttrue\tfalse`,
    'neutron\ttopic\ttrue\tfalse',
  ]);
  expect(probe.of('exchange_created')).toEqual([]);
  await vhost.publish(FANOUT_EXCHANGE, '', tapFlow(1));
  await probe.taken(1);
  await link.close();
});

test('a queue of ours that is there with other arguments is adopted, with what it holds', async () => {
  const link = await vhost.connect();
  const channel = await link.createConfirmChannel();
  const queue = agentQueue('h');
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  channel.sendToQueue(queue, Buffer.from(tapFlow(1)), { deliveryMode: 2 });
  await channel.waitForConfirms();
  await link.close();
  await probe.startConsuming();
  expect(await probe.traced('queue_adopted')).toMatchObject({
    queue,
    reason: expect.stringContaining('inequivalent arg'),
  });
  await vhost.publish(FANOUT_EXCHANGE, '', tapFlow(2));
  await probe.taken(2);
  expect(probe.ids()).toEqual([uuid(1), uuid(2)]);
});

test('another control exchange', async () => {
  const other = new BusProbe({ urls: [vhost.url], host: 'h', exchange: 'cloud-2' });
  try {
    await other.startConsuming();
    await vhost.publish('cloud-2', 'n-taas_agent', tapFlow(1));
    await other.taken(1);
    expect(await exchanges()).toEqual([`${FANOUT_EXCHANGE}\tfanout\tfalse\ttrue`]);
  } finally {
    await other.bus.stop();
  }
});

test('what the broker forbids is told, and tried again', async () => {
  await vhost.ctl('set_permissions', '-p', vhost.vhost, 'guest', 'nothing', '.*', '.*');
  probe.bus.start();
  await probe.traced('connect_failed', 2);
  expect(probe.of('connect_failed')[0]?.reason).toContain('ACCESS_REFUSED');
  await vhost.ctl('set_permissions', '-p', vhost.vhost, 'guest', '.*', '.*', '.*');
  await probe.traced('consuming');
});

test('a second agent of the same host waits until the first is gone', async () => {
  await probe.startConsuming();
  const second = new BusProbe({ urls: [vhost.url], host: 'h' });
  try {
    second.bus.start();
    expect((await second.traced('connect_failed')).reason).toContain('exclusive');
    await vhost.publish(FANOUT_EXCHANGE, '', tapFlow(1));
    await probe.taken(1);
    await probe.bus.stop();
    await second.traced('consuming');
    expect(second.events).toEqual([]);
  } finally {
    await second.bus.stop();
  }
});
