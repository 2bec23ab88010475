import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { agentQueue, FANOUT_EXCHANGE } from '../../src/bus/topology.ts';
import { enveloped, fixtures, type Loose, rpcMessage } from '../bus/neutron-rpc.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { BusProbe, tapFlow, uuid } from './bus-probe.ts';
import { until } from './recorded-traces.ts';

let broker: Rabbitmq;
let host = 0;
const probes: BusProbe[] = [];

beforeAll(async () => {
  broker = await Rabbitmq.share();
});
afterEach(async () => {
  await Promise.all(probes.splice(0).map((probe) => probe.bus.stop()));
});
afterAll(() => broker?.stop());

function probeOf(name: string, timing = {}): BusProbe {
  const probe = new BusProbe({ urls: [broker.url], host: name, timing });
  probes.push(probe);
  return probe;
}

async function consuming(): Promise<BusProbe> {
  host += 1;
  const probe = probeOf(`host-${host}`);
  await probe.startConsuming();
  return probe;
}

const cast = (body: string | Buffer, options = {}) => broker.publish(FANOUT_EXCHANGE, '', body, options);

/** Ready and unacknowledged messages of the queue of the last host. */
const queued = () => broker.queued(agentQueue(`host-${host}`));

describe('events', () => {
  test('every message that Neutron cast to agents arrives, in order, and is acked', async () => {
    const probe = await consuming();
    const toAgents = fixtures.filter((line) => line.delivery.exchange === FANOUT_EXCHANGE);
    for (const { body } of toAgents) await cast(JSON.stringify(body));
    await probe.taken(toAgents.length);
    const ids = toAgents.map(({ body }) => JSON.parse(body['oslo.message'])._unique_id);
    expect(probe.events.map((event) => event.uniqueId)).toEqual(ids);
    expect(probe.events.map((event) => event.requestId).every((id) => id?.startsWith('req-'))).toBe(true);
    await until('an empty queue', async () => (await queued()) === '0 0');
  });

  test('they come through the topic exchange too, for all agents and for this one', async () => {
    const probe = await consuming();
    await broker.publish('neutron', 'n-taas_agent', tapFlow(1));
    await broker.publish('neutron', `n-taas_agent.host-${host}`, tapFlow(2));
    await broker.publish('neutron', 'n-taas_agent.another-host', tapFlow(3));
    await broker.publish('neutron', 'n-taas_agent', tapFlow(4));
    await probe.taken(3);
    expect(probe.ids()).toEqual([uuid(1), uuid(2), uuid(4)]);
  });

  test('a delete before its create is a good event', async () => {
    const probe = await consuming();
    await cast(enveloped(rpcMessage('delete_tap_flow')));
    await cast(enveloped(rpcMessage('create_tap_flow')));
    await probe.taken(2);
    expect(probe.events.map(({ event }) => event.kind)).toEqual(['delete_tap_flow', 'create_tap_flow']);
  });

  test('the ack waits until the event is taken', async () => {
    const probe = await consuming();
    const release = Promise.withResolvers<void>();
    probe.onEvent = () => release.promise;
    await cast(tapFlow(1));
    await probe.taken(1);
    await until('one unacked message', async () => (await queued()) === '0 1');
    release.resolve();
    await until('an empty queue', async () => (await queued()) === '0 0');
  });

  test('the next is handed out before the last is taken, so that they can be written together', async () => {
    const probe = await consuming();
    const release = Promise.withResolvers<void>();
    probe.onEvent = () => release.promise;
    for (const number of [1, 2, 3]) await cast(tapFlow(number));
    await probe.taken(3);
    release.resolve();
    await until('an empty queue', async () => (await queued()) === '0 0');
  });

  test('an event taken out of turn is acked only after those before it', async () => {
    const probe = await consuming();
    const first = Promise.withResolvers<void>();
    probe.onEvent = () => (probe.events.length === 1 ? first.promise : Promise.resolve());
    for (const number of [1, 2, 3]) await cast(tapFlow(number));
    await probe.taken(3);
    expect(await queued()).toBe('0 3');
    first.resolve();
    await until('an empty queue', async () => (await queued()) === '0 0');
  });

  test('one that is not taken comes again until it is, with all behind it, in order', async () => {
    const probe = await consuming();
    let refusals = 3;
    probe.onEvent = async () => {
      if (probe.ids().at(-1) !== uuid(2) || refusals === 0) return;
      refusals -= 1;
      throw new Error('the disk is full');
    };
    for (const number of [1, 2, 3, 4]) await cast(tapFlow(number));
    await until('an empty queue', async () => refusals === 0 && (await queued()) === '0 0');
    const ids = probe.ids();
    expect(ids.filter((id) => id === uuid(1))).toHaveLength(1);
    expect(ids.slice(ids.lastIndexOf(uuid(2)))).toEqual([uuid(2), uuid(3), uuid(4)]);
    expect(probe.of('event_not_taken')).toHaveLength(3);
    expect(probe.of('event_not_taken')[0]).toMatchObject({ reason: 'the disk is full', uniqueId: 'unique-2' });
    expect(probe.of('message_duplicate')).toEqual([]);
  });

  test('one that was not taken when we ended comes to the next agent of this host', async () => {
    const first = await consuming();
    first.onEvent = () => Promise.reject(new Error('the disk is full'));
    for (const number of [1, 2]) await cast(tapFlow(number));
    await first.traced('event_not_taken', 2);
    await first.bus.stop();
    expect(await queued()).toBe('2 0');
    const second = probeOf(`host-${host}`);
    await second.startConsuming();
    await second.taken(2);
    expect(second.ids()).toEqual([uuid(1), uuid(2)]);
  });

  test('stop waits for events in the works, and acks them', async () => {
    const probe = await consuming();
    const release = Promise.withResolvers<void>();
    probe.onEvent = () => release.promise;
    await cast(tapFlow(1));
    await probe.taken(1);
    const stopped = probe.bus.stop();
    const consumers = () => broker.rows('list_consumers', 'queue_name');
    await until('no consumer', async () => !(await consumers()).includes(agentQueue(`host-${host}`)));
    release.resolve();
    await stopped;
    expect(await queued()).toBe('0 0');
    expect(probe.of('close_forced')).toEqual([]);
  });

  test('stop does not wait for ever: what hangs stays with the broker', async () => {
    host += 1;
    const probe = probeOf(`host-${host}`, { stopMs: 100 });
    await probe.startConsuming();
    probe.onEvent = () => new Promise(() => undefined);
    await cast(tapFlow(1));
    await probe.taken(1);
    await probe.bus.stop();
    expect(probe.of('close_forced')).toHaveLength(1);
    await until('the message back in its queue', async () => (await queued()) === '1 0');
  });

  test('a duplicate is acked and traced, and its event is not handed out again', async () => {
    const probe = await consuming();
    await cast(tapFlow(1));
    await cast(tapFlow(1));
    await cast(tapFlow(2));
    await cast(tapFlow(1));
    await probe.traced('message_duplicate', 2);
    expect(probe.ids()).toEqual([uuid(1), uuid(2)]);
    expect(probe.of('message_duplicate')[0]).toMatchObject({ method: 'create_tap_flow', uniqueId: 'unique-1' });
    await until('an empty queue', async () => (await queued()) === '0 0');
  });

  test('a duplicate of an event that is not taken yet does not stand in its way', async () => {
    const probe = await consuming();
    probe.onEvent = async () => {
      if (probe.events.length === 1) throw new Error('the disk is full');
    };
    await cast(tapFlow(1));
    await cast(tapFlow(1));
    await probe.traced('message_duplicate');
    expect(probe.ids()).toEqual([uuid(1), uuid(1)]);
  });
});

describe('messages that carry no event for us', () => {
  const flow = (change: (args: Loose) => void) => tapFlow(9, (message) => change(message.args.tap_flow_msg));
  const service = (change: (args: Loose) => void) => {
    const message = rpcMessage('create_tap_service');
    change(message.args.tap_service);
    return enveloped(message);
  };
  const taasId = (value: unknown) => service((args) => Object.assign(args, { taas_id: value }));
  const whole = 'tap_service.taas_id: expected a whole number from 1 to 4094, got';

  test.each<[string, string | Buffer, string]>([
    ['not JSON', 'not JSON', 'body: expected JSON, got text that is not JSON'],
    ['nothing', '', 'body: expected JSON, got nothing'],
    ['bytes', Buffer.from([0xff, 0, 0xfe]), 'body: expected JSON, got text that is not JSON'],
    ['another envelope', '{"oslo.version":"3.0","oslo.message":"{}"}', 'oslo.version: expected "2.0", got'],
    ['no message', '{"oslo.version":"2.0","oslo.message":"{}"}', 'method: expected the name of an RPC method'],
    [
      'another method',
      '{"method":"reboot","args":{}}',
      'method: expected a tap service or tap flow method, got "reboot"',
    ],
    ['no arguments', '{"method":"create_tap_flow"}', 'tap_flow_msg: expected an object, got nothing'],
    ['a key of another type', flow((args) => Object.assign(args, { tap_flow: 7 })), 'tap_flow_msg.tap_flow: expected'],
    ['taas_id 0', taasId(0), `${whole} 0`],
    ['taas_id 4095', taasId(4095), `${whole} 4095`],
    ['taas_id "7"', taasId('7'), `${whole} "7"`],
    ['taas_id null', taasId(null), `${whole} null`],
    ['taas_id 70000', taasId(70_000), `${whole} 70000`],
    ['no taas_id', taasId(undefined), `${whole} nothing`],
    [
      'a bad UUID',
      flow((args) => Object.assign(args.tap_flow, { id: 'x' })),
      'tap_flow_msg.tap_flow.id: expected a UUID',
    ],
    ['a bad MAC', flow((args) => Object.assign(args, { port_mac: 'fa:16' })), 'tap_flow_msg.port_mac: expected a MAC'],
    [
      'direction "both"',
      flow((args) => Object.assign(args.tap_flow, { direction: 'both' })),
      'tap_flow_msg.tap_flow.direction: expected "IN", "OUT" or "BOTH", got "both"',
    ],
    ['10 MB', Buffer.alloc(10_000_000, '['), 'body: expected at most 1048576 bytes, got 10000000'],
    ['a tap mirror', '{"method":"create_tap_mirror"}', 'create_tap_mirror: tap mirrors are not served by this agent'],
    [
      'an SR-IOV port',
      flow((args) => Object.assign(args.port, { 'binding:vnic_type': 'direct' })),
      'port.binding:vnic_type: "direct" ports are not on Open vSwitch',
    ],
  ])('%s: one trace with the reason, acked, and the next good event works', async (_name, body, reason) => {
    const probe = await consuming();
    await cast(body);
    await cast(tapFlow(1));
    await probe.taken(1);
    await until('an empty queue', async () => (await queued()) === '0 0');
    const traces = probe.traces.filter((event) => event.kind.startsWith('message_'));
    expect(traces).toEqual([expect.objectContaining({ reason: expect.stringContaining(reason) })]);
    expect(probe.ids()).toEqual([uuid(1)]);
  });
});

describe('calls', () => {
  async function answerTo(change: (message: Loose) => void) {
    const probe = await consuming();
    const link = await broker.connect();
    const channel = await link.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const body = tapFlow(1, (message) => {
      Object.assign(message, { _msg_id: 'call-1', _reply_q: queue });
      change(message);
    });
    const answers: Loose[] = [];
    await channel.consume(queue, (message) => void answers.push(message), { noAck: true });
    await cast(body);
    await until('an answer', () => answers.length > 0);
    await link.close();
    expect(answers[0].properties.contentType).toBe('application/json');
    const answer = JSON.parse(JSON.parse(answers[0].content.toString())['oslo.message']);
    expect(answer).toMatchObject({ _msg_id: 'call-1', ending: true, result: null });
    return { answer, probe };
  }

  test('are answered once the event is taken', async () => {
    const { answer, probe } = await answerTo(() => undefined);
    expect(answer.failure).toBeNull();
    expect(probe.ids()).toEqual([uuid(1)]);
  });

  test('that are rejected are answered with the reason', async () => {
    const { answer } = await answerTo((message) => {
      message.args = {};
    });
    expect(JSON.parse(answer.failure).message).toBe('tap_flow_msg: expected an object, got nothing');
  });

  test('whose caller has gone are traced, and the bus goes on', async () => {
    const probe = await consuming();
    await cast(tapFlow(1, (message) => Object.assign(message, { _msg_id: 'call-2', _reply_q: 'gone' })));
    expect(await probe.traced('reply_failed')).toMatchObject({ msgId: 'call-2' });
    await cast(tapFlow(2));
    await probe.taken(2);
    expect(probe.of('disconnected')).toEqual([]);
  });
});
