import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inventoryCast } from '../../src/bus/casts.ts';
import { encodeCast } from '../../src/bus/oslo-envelope.ts';
import { CONTROL_PLANE_QUEUE, FANOUT_EXCHANGE } from '../../src/bus/topology.ts';
import { enveloped, fixtures, type Loose, rpcMessage } from '../bus/neutron-rpc.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { uuid } from './bus-probe.ts';
import { ControlPlaneProbe } from './control-plane-probe.ts';
import { until } from './recorded-traces.ts';
import { Wire } from './wire.ts';

let broker: Rabbitmq;
let vhost: Rabbitmq;
const probes: ControlPlaneProbe[] = [];

beforeAll(async () => {
  broker = await Rabbitmq.start();
});
beforeEach(async () => {
  vhost = await broker.another();
});
afterEach(async () => {
  await Promise.all(probes.splice(0).map((probe) => probe.bus.stop()));
});
afterAll(() => broker?.stop());

function probeOf(timing = {}, urls = [vhost.url]): ControlPlaneProbe {
  const probe = new ControlPlaneProbe({ urls, timing });
  probes.push(probe);
  return probe;
}

async function started(timing = {}): Promise<ControlPlaneProbe> {
  const probe = probeOf(timing);
  await probe.start();
  return probe;
}

/** The body of a report that a tap flow is ACTIVE; `change` may spoil it. */
function status(number: number, change: (message: Loose) => void = () => undefined): string {
  const message = rpcMessage('set_tap_flow_status');
  message.args.msg.id = uuid(number);
  message._unique_id = `unique-${number}`;
  change(message);
  return enveloped(message);
}

const report = (body: string) => vhost.publish('neutron', 'n-taas-plugin', body);
const numbers = (probe: ControlPlaneProbe) =>
  probe.reports.map((each) => (each.kind === 'status' ? each.id : each.kind));
const allAcked = () => vhost.holds(CONTROL_PLANE_QUEUE, '0 0');

test('on an empty broker: both exchanges, a queue that lasts, and only the two routing keys lead to it', async () => {
  await started();
  expect((await vhost.rows('list_exchanges', 'name', 'type', 'durable', 'auto_delete')).toSorted()).toEqual(
    expect.arrayContaining([`${FANOUT_EXCHANGE}\tfanout\tfalse\ttrue`, 'neutron\ttopic\tfalse\tfalse']),
  );
  expect(await vhost.rows('list_queues', 'name', 'durable', 'auto_delete', 'arguments')).toEqual([
    'n-taas-plugin.taas-server\ttrue\tfalse\t[{"x-expires",259200000}]',
  ]);
  const bindings = await vhost.rows('list_bindings', 'source_name', 'destination_name', 'routing_key');
  expect(bindings.filter((line) => line.startsWith('neutron\t')).toSorted()).toEqual([
    'neutron\tn-taas-plugin.taas-server\tn-taas-plugin',
    'neutron\tn-taas-plugin.taas-server\ttaas-inventory',
  ]);
});

test('all that Neutron’s own agent cast, and an inventory at its own key, in order, and acked', async () => {
  const probe = await started();
  const casts = fixtures.filter((line) => line.delivery.routing_key === 'n-taas-plugin');
  for (const { body } of casts) await report(JSON.stringify(body));
  const { method, args } = inventoryCast({ host: 'h', tunnelAddress: null, ports: [] });
  const stamp = { uniqueId: '0'.repeat(32), requestId: 'req-1', timestamp: '2026-01-01 00:00:00.000000' };
  await vhost.publish('neutron', 'taas-inventory', encodeCast(method, args, stamp));
  await probe.taken(casts.length + 1);
  const sent = casts.map(({ body }) => JSON.parse(body['oslo.message']).args);
  expect(numbers(probe)).toEqual([...sent.map(({ msg }) => msg?.id ?? 'sync'), 'ports']);
  await allAcked();
});

test('a second server waits until the first is gone', async () => {
  const first = await started();
  const second = probeOf();
  second.bus.start();
  expect((await second.traced('connect_failed')).reason).toContain('exclusive');
  await first.bus.stop();
  await second.connected();
  await report(status(1));
  await second.taken(1);
  expect(first.reports).toEqual([]);
});

describe('the ack', () => {
  test('waits until the report is committed', async () => {
    const probe = await started();
    const commit = Promise.withResolvers<void>();
    probe.onReport = () => commit.promise;
    for (const number of [1, 2]) await report(status(number));
    await probe.taken(2);
    await vhost.holds(CONTROL_PLANE_QUEUE, '0 2');
    commit.resolve();
    await allAcked();
  });

  test('does not come when the session is lost before: the report is delivered again', async () => {
    const probe = await started({ stopMs: 100 });
    const never = new Promise<void>(() => undefined);
    probe.onReport = () => (probe.reports.length === 1 ? never : Promise.resolve());
    await report(status(1));
    await probe.taken(1);
    await broker.ctl('close_all_connections', '-p', vhost.vhost, 'a test');
    await probe.connected(2);
    await probe.taken(2);
    expect(numbers(probe)).toEqual([uuid(1), uuid(1)]);
    await allAcked();
  });

  test('does not come when the commit fails: that one and all behind it are handed out again, in order', async () => {
    const probe = await started();
    let refusals = 2;
    probe.onReport = async () => {
      if (numbers(probe).at(-1) !== uuid(2) || refusals === 0) return;
      refusals -= 1;
      throw new Error('the database is locked');
    };
    for (const number of [1, 2, 3]) await report(status(number));
    await until('the last retry', () => refusals === 0);
    await allAcked();
    const ids = numbers(probe);
    expect(ids.filter((id) => id === uuid(1))).toHaveLength(1);
    expect(ids.slice(ids.lastIndexOf(uuid(2)))).toEqual([uuid(2), uuid(3)]);
    expect(probe.of('event_not_taken')[0]).toMatchObject({ reason: 'the database is locked' });
  });

  test('comes at once for a duplicate, for what is no report, and for a report of which a part is no good', async () => {
    const probe = await started();
    await report(status(1));
    await report(status(1));
    await report('not JSON');
    await report(status(2, ({ args }) => Object.assign(args, { status: 'DOWN' })));
    const port = { port_id: '', interface_name: 'tap', plugged: true };
    await report(enveloped({ method: 'report_ports', args: { host: 'h', ports: [port] } }));
    await report(status(3));
    await probe.taken(3);
    expect(numbers(probe)).toEqual([uuid(1), 'ports', uuid(3)]);
    await allAcked();
    expect(probe.of('message_duplicate')).toMatchObject([{ uniqueId: 'unique-1' }]);
    expect(probe.of('message_rejected').map(({ reason }) => reason)).toEqual([
      'body: expected JSON, got text that is not JSON',
      'status: expected "ACTIVE", "ERROR", "INACTIVE" or "PENDING_DELETE", got "DOWN"',
    ]);
    expect(probe.of('message_trimmed')).toMatchObject([{ method: 'report_ports' }]);
  });

  test('of a call is followed by an answer', async () => {
    await started();
    const link = await vhost.connect();
    const channel = await link.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const answers: string[] = [];
    await channel.consume(queue, (message) => void answers.push(String(message?.content)), { noAck: true });
    await report(status(1, (message) => Object.assign(message, { _msg_id: 'call-1', _reply_q: queue })));
    await until('an answer', () => answers.length > 0);
    await link.close();
    const answer = JSON.parse(JSON.parse(answers[0] ?? '')['oslo.message']);
    expect(answer).toMatchObject({ _msg_id: 'call-1', ending: true, result: null, failure: null });
  });
});

describe('what is lost comes back', () => {
  test('a broker that is killed: what waited for us is still there, and we are told of each connection', async () => {
    const first = await started();
    // RabbitMQ writes a new queue down within seconds, and at the latest when it stops; its messages before it confirms.
    await broker.restart();
    await first.connected(2);
    await first.bus.stop();
    for (const number of [1, 2, 3]) await report(status(number));
    await broker.halt('SIGKILL');
    await broker.resume();
    const second = await started();
    await second.taken(3);
    expect(numbers(second)).toEqual([uuid(1), uuid(2), uuid(3)]);
  });

  test('a connection that is cut', async () => {
    const wire = new Wire(Number(new URL(broker.url).port));
    try {
      const probe = probeOf({}, [`${await wire.open()}/${vhost.vhost}`, vhost.url]);
      await probe.start();
      wire.close();
      await probe.connected(2);
      await report(status(1));
      await probe.taken(1);
    } finally {
      wire.close();
    }
  });

  test('a queue that is deleted', async () => {
    const probe = await started();
    const link = await vhost.connect();
    await (await link.createChannel()).deleteQueue(CONTROL_PLANE_QUEUE);
    await link.close();
    await probe.connected(2);
    expect(probe.of('disconnected')[0]?.reason).toContain('cancelled our consumer');
    await report(status(1));
    await probe.taken(1);
  });
});
