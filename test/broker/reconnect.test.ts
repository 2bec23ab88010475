import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { agentQueue, FANOUT_EXCHANGE } from '../../src/bus/topology.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { BusProbe, type ProbeOptions, tapFlow, uuid } from './bus-probe.ts';
import { Wire } from './wire.ts';

let broker: Rabbitmq;
let hosts = 0;
const probes: BusProbe[] = [];

beforeAll(async () => {
  broker = await Rabbitmq.start();
});
afterEach(async () => {
  await Promise.all(probes.splice(0).map((probe) => probe.bus.stop()));
});
afterAll(() => broker?.stop());

function probeOf(options: Partial<ProbeOptions> = {}): BusProbe {
  hosts += 1;
  const probe = new BusProbe({ urls: [broker.url], host: `host-${hosts}`, ...options });
  probes.push(probe);
  return probe;
}

const cast = (body: string) => broker.publish(FANOUT_EXCHANGE, '', body);

describe('a lost broker', () => {
  test('restart: the bus comes back, binds again, and asks for a sync again', async () => {
    const probe = probeOf();
    let plugin = await broker.collect('neutron', 'n-taas-plugin');
    await probe.startConsuming();
    await probe.traced('sync_cast');
    await broker.restart();
    await probe.traced('consuming', 2);
    plugin = await broker.collect('neutron', 'n-taas-plugin');
    const sync = await plugin.find((message) => message.content.includes(`host-${hosts}`));
    expect(sync.content.toString()).toContain('sync_tap_resources');
    expect(probe.of('disconnected')).toHaveLength(1);
    expect(probe.of('disconnected')[0]?.reason).toContain('CONNECTION_FORCED');
    await cast(tapFlow(1));
    await probe.taken(1);
  });

  test('what waits in the queue survives a kill of the broker', async () => {
    const first = probeOf();
    await first.startConsuming();
    // RabbitMQ writes a new queue down within seconds, and at the latest when it stops; its messages before it confirms.
    await broker.restart();
    await first.traced('consuming', 2);
    await first.bus.stop();
    for (const number of [1, 2, 3]) await cast(tapFlow(number));
    await broker.halt('SIGKILL');
    await broker.resume();
    const second = probeOf({ host: `host-${hosts}` });
    second.bus.start();
    await second.taken(3);
    expect(second.ids()).toEqual([uuid(1), uuid(2), uuid(3)]);
  });

  test('what was handed out and not acked comes again, and is a duplicate if it was taken', async () => {
    const probe = probeOf();
    await probe.startConsuming();
    const hold = Promise.withResolvers<void>();
    probe.onEvent = () => hold.promise;
    await cast(tapFlow(1));
    await probe.taken(1);
    await broker.halt();
    hold.resolve();
    await broker.resume();
    await probe.traced('message_duplicate');
    expect(probe.ids()).toEqual([uuid(1)]);
  });

  test('a broker that is not there yet is waited for', async () => {
    await broker.halt();
    const probe = probeOf();
    probe.bus.start();
    expect((await probe.traced('connect_failed', 2)).reason).toContain('ECONNREFUSED');
    await broker.resume();
    await probe.traced('consuming');
  });

  test('a stop while there is no broker ends at once', async () => {
    const probe = probeOf({ urls: ['amqp://127.0.0.1:1'], timing: { reconnect: { minMs: 600_000, maxMs: 600_000 } } });
    probe.bus.start();
    await probe.traced('connect_failed');
    await probe.bus.stop();
    expect(() => probe.bus.start()).toThrow(expect.objectContaining({ code: 'stopped' }));
  });

  test('the next URL is tried at once', async () => {
    const timing = { reconnect: { minMs: 600_000, maxMs: 600_000 } };
    const probe = probeOf({ urls: ['amqp://127.0.0.1:1', broker.url], timing });
    await probe.startConsuming();
    expect(probe.of('connect_failed')).toMatchObject([{ url: 'amqp://127.0.0.1:1', retryInMs: 0 }]);
    expect(probe.of('connected')).toEqual([{ kind: 'connected', url: broker.url }]);
  });

  test('failover: when the first of two brokers goes, the second is taken', async () => {
    const other = await Rabbitmq.share();
    try {
      const probe = probeOf({ urls: [broker.url, other.url] });
      await probe.startConsuming();
      expect(probe.of('connected')).toEqual([{ kind: 'connected', url: broker.url }]);
      await broker.halt();
      await probe.traced('consuming', 2);
      expect(probe.of('connected').at(-1)).toEqual({ kind: 'connected', url: other.url });
      await other.publish(FANOUT_EXCHANGE, '', tapFlow(1));
      await probe.taken(1);
      await probe.bus.stop();
    } finally {
      await broker.resume();
      await other.stop();
    }
  });

  test('wrong credentials are told without the password', async () => {
    const probe = probeOf({ urls: [broker.url.replace('//', '//someone:a-secret@')] });
    probe.bus.start();
    const { url, reason } = await probe.traced('connect_failed');
    expect(url).toBe(broker.url.replace('//', '//someone:***@'));
    expect(reason).toContain('ACCESS_REFUSED');
    await probe.bus.stop();
    expect(JSON.stringify(probe.traces)).not.toContain('a-secret');
  });
});

test('what was sent while the agent was away arrives, in order', async () => {
  const first = probeOf();
  await first.startConsuming();
  await cast(tapFlow(1));
  await first.taken(1);
  await first.bus.stop();
  for (const number of [2, 3]) await cast(tapFlow(number));
  const second = probeOf({ host: `host-${hosts}` });
  await second.startConsuming();
  await second.taken(2);
  expect(second.of('consuming')[0]?.waiting).toBe(2);
  expect(second.ids()).toEqual([uuid(2), uuid(3)]);
});

test('a queue deleted under us is declared again, and a sync asked for what it held', async () => {
  const probe = probeOf();
  await broker.collect('neutron', 'n-taas-plugin');
  await probe.startConsuming();
  await probe.traced('sync_cast');
  const link = await broker.connect();
  const channel = await link.createChannel();
  await channel.deleteQueue(agentQueue(`host-${hosts}`));
  await link.close();
  await probe.traced('consuming', 2);
  expect(probe.of('disconnected')[0]?.reason).toContain('cancelled our consumer');
  await probe.traced('sync_cast', 2);
  await cast(tapFlow(1));
  await probe.taken(1);
});

test('a channel closed by the broker starts all anew', async () => {
  const probe = probeOf();
  await probe.startConsuming();
  // An exchange deleted under us closes the channel that publishes to it.
  const link = await broker.connect();
  const channel = await link.createChannel();
  await channel.deleteExchange('neutron');
  await expect(probe.bus.cast('sync_tap_resources', {})).rejects.toMatchObject({ code: 'disconnected' });
  await probe.traced('consuming', 2);
  expect(probe.of('disconnected')[0]?.reason).toContain('NOT_FOUND');
  await link.close();
});

describe('a heartbeat', () => {
  test('of ten seconds is what we ask for', async () => {
    await probeOf().startConsuming();
    // Those of the test ask for none: then the broker's own is taken, a minute.
    const info = 'rabbit_networking:connection_info(Connection, [timeout])';
    const seconds = await broker.evaluate(`[${info} || Connection <- rabbit_networking:connections()]`);
    expect(seconds).toMatch(/{timeout, ?10}/);
  });

  test('tells that the peer has fallen silent', async () => {
    // Of what the two sides ask for the shorter is taken.
    const ask = (seconds: number) => broker.evaluate(`application:set_env(rabbit, heartbeat, ${seconds})`);
    const wire = new Wire(Number(new URL(broker.url).port));
    try {
      await ask(1);
      const probe = probeOf({ urls: [await wire.open(), broker.url] });
      await probe.startConsuming();
      wire.cut();
      expect((await probe.traced('disconnected')).reason).toContain('Heartbeat timeout');
      await probe.traced('consuming', 2);
      await cast(tapFlow(1));
      await probe.taken(1);
    } finally {
      wire.close();
      await ask(60);
    }
  });
});
