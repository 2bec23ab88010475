import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { statusCast } from '../../src/bus/casts.ts';
import { fixtures } from '../bus/neutron-rpc.ts';
import { type Collector, Rabbitmq } from '../support/rabbitmq.ts';
import { BusProbe, type ProbeOptions, uuid } from './bus-probe.ts';

let broker: Rabbitmq;
let exchanges = 0;
let probe: BusProbe;

beforeAll(async () => {
  broker = await Rabbitmq.start();
});
afterEach(() => probe.bus.stop());
afterAll(() => broker?.stop());

/** A control exchange of the test's own: nobody else listens there. */
function newProbe(timing: ProbeOptions['timing'] = {}): string {
  exchanges += 1;
  const exchange = `control-${exchanges}`;
  probe = new BusProbe({ urls: [broker.url], host: `h${exchanges}`, exchange, timing });
  return exchange;
}

const report = statusCast({ kind: 'tap_flow', id: uuid(1), status: 'ACTIVE' }, 'vm');

test('a cast is what Neutron’s own agent sends, property for property', async () => {
  const plugin = await broker.collect(newProbe(), 'n-taas-plugin');
  await probe.startConsuming();
  await probe.bus.cast(report.method, report.args);
  const message = await plugin.find(({ content }) => content.includes('set_tap_flow_status'));
  const seen = fixtures.find(({ body }) => body['oslo.message'].includes('set_tap_flow_status'));
  const { contentType, contentEncoding, headers, deliveryMode, priority } = message.properties;
  expect({
    content_type: contentType,
    content_encoding: contentEncoding,
    application_headers: headers,
    delivery_mode: deliveryMode,
    priority,
  }).toEqual(seen?.properties);
  const inner = JSON.parse(JSON.parse(message.content.toString())['oslo.message']);
  const expected = JSON.parse(seen?.body['oslo.message'] ?? '');
  expect(Object.keys(inner)).toEqual(Object.keys(expected));
  expect(inner.args).toEqual({ msg: { id: uuid(1) }, status: 'ACTIVE', host: 'vm' });
  expect(inner._unique_id).toMatch(/^[0-9a-f]{32}$/);
  expect(inner._context_request_id).toMatch(/^req-[0-9a-f-]{36}$/);
  expect(inner._context_timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
});

test('many at once are all confirmed and come in order', async () => {
  const plugin = await broker.collect(newProbe(), 'n-taas-plugin');
  await probe.startConsuming();
  await probe.traced('sync_cast');
  const numbers = Array.from({ length: 300 }, (_, index) => index);
  await Promise.all(numbers.map((number) => probe.bus.cast('set_tap_flow_status', { number })));
  await plugin.find(({ content }) => content.includes('\\"number\\":299'));
  const got = plugin.messages.map(({ content }) => JSON.parse(JSON.parse(content.toString())['oslo.message']).args);
  expect(got.filter((args) => 'number' in args).map((args) => args.number)).toEqual(numbers);
});

test('nobody at the routing key: unroutable, and the next cast goes through once somebody is', async () => {
  const exchange = newProbe();
  await probe.startConsuming();
  const attempts = await Promise.allSettled([1, 2, 3].map(() => probe.bus.cast(report.method, report.args)));
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ status: 'rejected', reason: { name: 'BusError', code: 'unroutable' } });
  }
  await broker.collect(exchange, 'n-taas-plugin');
  await probe.bus.cast(report.method, report.args);
});

test('the sync is cast again until the plugin is there', async () => {
  const exchange = newProbe();
  await probe.startConsuming();
  expect((await probe.traced('sync_failed', 2)).reason).toContain('NO_ROUTE');
  const plugin = await broker.collect(exchange, 'n-taas-plugin');
  await probe.traced('sync_cast');
  const message = await plugin.find(() => true);
  expect(JSON.parse(JSON.parse(message.content.toString())['oslo.message'])).toMatchObject({
    method: 'sync_tap_resources',
    args: { sync_tap_res: { host_id: `h${exchanges}` }, host: `h${exchanges}` },
  });
});

test('a full queue that refuses: nacked', async () => {
  const exchange = newProbe();
  await probe.startConsuming();
  const link = await broker.connect();
  const channel = await link.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true, maxLength: 1, overflow: 'reject-publish' });
  await channel.bindQueue(queue, exchange, 'n-taas-plugin');
  await probe.traced('sync_cast');
  await expect(probe.bus.cast(report.method, report.args)).rejects.toMatchObject({ code: 'nacked' });
});

test('before a connection: disconnected', async () => {
  newProbe();
  await expect(probe.bus.cast(report.method, report.args)).rejects.toMatchObject({ code: 'disconnected' });
});

test('a broker that blocks publishers is told; a cast times out, and casts go again when it is over', async () => {
  const exchange = newProbe({ confirmMs: 300 });
  await broker.collect(exchange, 'n-taas-plugin');
  await probe.startConsuming();
  await probe.traced('sync_cast');
  await broker.ctl('set_vm_memory_high_watermark', '0');
  try {
    // The broker tells a connection that it is blocked only once it publishes.
    await expect(probe.bus.cast(report.method, report.args)).rejects.toMatchObject({ code: 'timeout' });
    expect((await probe.traced('blocked')).reason).toContain('memory');
  } finally {
    await broker.ctl('set_vm_memory_high_watermark', '0.4');
  }
  await probe.traced('unblocked');
  await expect
    .poll(() => probe.bus.cast(report.method, report.args).then(() => 'confirmed'), { timeout: 60_000 })
    .toBe('confirmed');
});

describe('while the broker takes nothing', () => {
  /** Has the broker tell the connection, which it does once that publishes: this first cast is with the broker then. */
  async function block(): Promise<{ readonly first: Promise<unknown> }> {
    await broker.ctl('set_vm_memory_high_watermark', '0');
    const first = probe.bus.cast('first', {}).then(
      () => 'confirmed',
      (error: unknown) => error,
    );
    await probe.traced('blocked');
    return { first };
  }

  async function unblock(): Promise<void> {
    await broker.ctl('set_vm_memory_high_watermark', '0.4');
    await probe.traced('unblocked');
  }

  const methods = (plugin: Collector) =>
    plugin.messages.map(({ content }) => JSON.parse(JSON.parse(String(content))['oslo.message']).method);

  test('casts are held back, and go in order when it is over, of which the owner is told', async () => {
    const exchange = newProbe({ confirmMs: 60_000 });
    const plugin = await broker.collect(exchange, 'n-taas-plugin');
    await probe.startConsuming();
    await probe.traced('sync_cast');
    try {
      const { first } = await block();
      const others = ['second', 'third'].map((method) => probe.bus.cast(method, {}));
      await unblock();
      await Promise.all([first, ...others]);
    } finally {
      await broker.ctl('set_vm_memory_high_watermark', '0.4');
    }
    await plugin.find(({ content }) => content.includes('third'));
    expect(methods(plugin)).toEqual(['sync_tap_resources', 'first', 'second', 'third']);
    expect(probe.unblocked).toBe(1);
  });

  test('a cast that was given up is not sent later: attempts do not pile up', async () => {
    const exchange = newProbe({ confirmMs: 300 });
    const plugin = await broker.collect(exchange, 'n-taas-plugin');
    await probe.startConsuming();
    await probe.traced('sync_cast');
    try {
      await block();
      for (const method of ['second', 'third']) {
        await expect(probe.bus.cast(method, {})).rejects.toMatchObject({ code: 'timeout' });
      }
      await unblock();
    } finally {
      await broker.ctl('set_vm_memory_high_watermark', '0.4');
    }
    await probe.bus.cast('last', {});
    await plugin.find(({ content }) => content.includes('last'));
    expect(methods(plugin)).toEqual(['sync_tap_resources', 'first', 'last']);
  });

  test('casts that wait learn that the connection is lost', async () => {
    newProbe({ confirmMs: 60_000 });
    await probe.startConsuming();
    try {
      const { first } = await block();
      const second = expect(probe.bus.cast('second', {})).rejects.toMatchObject({ code: 'disconnected' });
      await broker.ctl('close_all_connections', 'a test');
      await second;
      expect(await first).toMatchObject({ code: 'disconnected' });
    } finally {
      await broker.ctl('set_vm_memory_high_watermark', '0.4');
    }
  });
});
