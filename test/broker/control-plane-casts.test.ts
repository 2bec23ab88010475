import type { ConfirmChannel } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClientTiming } from '../../src/bus/bus-client.ts';
import { statusCast } from '../../src/bus/casts.ts';
import { agentQueue, CONTROL_PLANE_QUEUE, FANOUT_EXCHANGE } from '../../src/bus/topology.ts';
import type { ReportedPort } from '../../src/contract/agent-report.ts';
import type { AgentCast } from '../../src/contract/cast.ts';
import { eventually } from '../support/eventually.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { BusProbe, uuid } from './bus-probe.ts';
import { ControlPlaneProbe, flowCast } from './control-plane-probe.ts';

let broker: Rabbitmq;
let vhost: Rabbitmq;
const probes: (BusProbe | ControlPlaneProbe)[] = [];

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

async function startServer(timing: Partial<ClientTiming> = {}): Promise<ControlPlaneProbe> {
  const server = new ControlPlaneProbe({ urls: [vhost.url], timing });
  probes.push(server);
  await server.start();
  return server;
}

async function startAgent(host = 'h'): Promise<BusProbe> {
  const agent = new BusProbe({ urls: [vhost.url], host });
  probes.push(agent);
  await agent.startConsuming();
  return agent;
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** What the control plane does with casts that may not have gone out: the same again, until they have. */
function sendUntilSent(server: ControlPlaneProbe, casts: readonly AgentCast[]): Promise<boolean> {
  return eventually(() => server.bus.send(casts).then(() => true), { what: 'casts to go out', timeoutMs: 60_000 });
}

describe('casts to agents', () => {
  test('to all and to one host in turn: all arrive, in order, also those of calls that do not wait for each other', async () => {
    const server = await startServer();
    const [agent, other] = [await startAgent('h'), await startAgent('other')];
    // More than go out before the broker has confirmed.
    const casts = range(1, 4_000).map((number) => flowCast(number, number % 2 === 0 ? 'h' : null));
    await Promise.all([server.bus.send(casts.slice(0, 3_000)), server.bus.send(casts.slice(3_000))]);
    await agent.taken(4_000);
    expect(agent.ids()).toEqual(range(1, 4_000).map(uuid));
    await other.taken(2_000);
    expect(other.ids()).toEqual(casts.filter(({ host }) => host === null).map((_, index) => uuid(2 * index + 1)));
  });

  test('carry their ids and arguments, and outlive the broker', async () => {
    const server = await startServer();
    const agent = await startAgent();
    // RabbitMQ writes a new queue down within seconds, and at the latest when it stops.
    await broker.restart();
    await agent.traced('consuming', 2);
    await server.connected(2);
    await agent.bus.stop();
    const casts = [flowCast(1), flowCast(2, 'h')];
    await server.bus.send(casts);
    await broker.halt('SIGKILL');
    await broker.resume();
    const later = await startAgent();
    await later.taken(2);
    expect(later.events.map(({ uniqueId, requestId }) => ({ uniqueId, requestId }))).toEqual(
      casts.map(({ uniqueId, requestId }) => ({ uniqueId, requestId })),
    );
    expect(later.ids()).toEqual([uuid(1), uuid(2)]);
  });

  test('that are sent again are taken once', async () => {
    const server = await startServer();
    const agent = await startAgent();
    const casts = range(1, 3).map((number) => flowCast(number));
    for (let time = 0; time < 3; time += 1) await server.bus.send(casts);
    await server.bus.send([flowCast(4)]);
    await agent.taken(4);
    await agent.traced('message_duplicate', 6);
    expect(agent.ids()).toEqual(range(1, 4).map(uuid));
  });

  test('need no agent, and no casts at all need no broker', async () => {
    const server = await startServer();
    await server.bus.send([flowCast(1), flowCast(2, 'nobody')]);
    await server.bus.stop();
    await server.bus.send([]);
    await expect(server.bus.send([flowCast(3)])).rejects.toMatchObject({ name: 'BusError', code: 'disconnected' });
  });

  test('that the broker refuses reject, and those after them go out', async () => {
    const server = await startServer();
    const agent = await startAgent('h');
    const channel = await (await vhost.connect()).createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true, maxLength: 1, overflow: 'reject-publish' });
    await channel.bindQueue(queue, 'neutron', 'n-taas_agent.full');
    const refused = server.bus.send([flowCast(1, 'full'), flowCast(2, 'full'), flowCast(3, 'h')]);
    const next = server.bus.send([flowCast(4, 'h')]);
    await expect(refused).rejects.toMatchObject({ name: 'BusError', code: 'nacked' });
    await next;
    await agent.taken(2);
    expect(agent.ids()).toEqual([uuid(3), uuid(4)]);
  });

  test('that a blocked broker does not confirm reject, and go out once it takes them again', async () => {
    const server = await startServer({ confirmMs: 300 });
    const agent = await startAgent('h');
    await broker.ctl('set_vm_memory_high_watermark', '0');
    try {
      await expect(server.bus.send([flowCast(1)])).rejects.toMatchObject({ code: 'timeout' });
      await server.traced('blocked');
    } finally {
      await broker.ctl('set_vm_memory_high_watermark', '0.4');
    }
    await sendUntilSent(server, [flowCast(1), flowCast(2)]);
    await agent.taken(2);
    expect(agent.ids()).toEqual([uuid(1), uuid(2)]);
  });

  test.each<[string, (channel: ConfirmChannel) => Promise<unknown>]>([
    ['deleted', (channel) => channel.deleteExchange(FANOUT_EXCHANGE)],
    [
      'auto-deleted, as it is when the last agent’s queue goes',
      async (channel) => {
        const { queue } = await channel.assertQueue('', { exclusive: true });
        await channel.bindQueue(queue, FANOUT_EXCHANGE, '');
        await channel.deleteQueue(queue);
      },
    ],
  ])('to a fanout exchange that was %s reject; the same casts go out when it is there again', async (_how, remove) => {
    const server = await startServer();
    const link = await vhost.connect();
    await remove(await link.createConfirmChannel());
    await link.close();
    expect(await vhost.rows('list_exchanges', 'name')).not.toContain(FANOUT_EXCHANGE);
    const casts = [flowCast(1), flowCast(2, 'h')];
    await expect(server.bus.send(casts)).rejects.toMatchObject({ name: 'BusError', code: 'disconnected' });
    await server.connected(2);
    expect(server.of('disconnected')[0]?.reason).toContain('NOT_FOUND');
    const agent = await startAgent('h');
    await sendUntilSent(server, casts);
    await agent.taken(2);
    expect(agent.ids()).toEqual([uuid(1), uuid(2)]);
  });
});

describe('an agent and a control plane', () => {
  test('an agent that comes asks for all, and gets it; what it reports arrives', async () => {
    const server = await startServer();
    server.onReport = async (report) => {
      if (report.kind === 'sync') await server.bus.send([flowCast(1, report.host), flowCast(2, report.host)]);
    };
    const agent = await startAgent('compute-1');
    await agent.taken(2);
    for (const number of [1, 2]) {
      const { method, args } = statusCast({ kind: 'tap_flow', id: uuid(number), status: 'ACTIVE' }, 'compute-1');
      await agent.bus.cast(method, args);
    }
    await server.taken(3);
    const status = { kind: 'status', of: 'tap_flow', status: 'ACTIVE', host: 'compute-1' };
    expect(server.reports).toEqual([
      { kind: 'sync', host: 'compute-1' },
      { ...status, id: uuid(1) },
      { ...status, id: uuid(2) },
    ]);
    await vhost.holds(CONTROL_PLANE_QUEUE, '0 0');
  });

  test('both find each other again when the broker was away', async () => {
    const server = await startServer();
    const agent = await startAgent('h');
    await agent.traced('sync_cast');
    await broker.restart();
    await agent.traced('sync_cast', 2);
    await server.taken(2);
    await sendUntilSent(server, [flowCast(1), flowCast(2, 'h')]);
    await agent.taken(2);
    expect(agent.ids()).toEqual([uuid(1), uuid(2)]);
    expect(server.reports).toEqual([
      { kind: 'sync', host: 'h' },
      { kind: 'sync', host: 'h' },
    ]);
  });

  test('what is cast to an agent that is away waits for it', async () => {
    const server = await startServer();
    await (await startAgent('h')).bus.stop();
    await server.bus.send([flowCast(1), flowCast(2, 'h')]);
    expect(await vhost.queued(agentQueue('h'))).toBe('2 0');
    const agent = await startAgent('h');
    await agent.taken(2);
    expect(agent.ids()).toEqual([uuid(1), uuid(2)]);
  });

  const port: ReportedPort = {
    portId: uuid(1),
    interfaceName: 'tap00000000-00',
    portName: 'a port’s name of some fifty characters, as users write',
    mac: 'fa:16:3e:00:00:01',
    vlan: 7,
    projectId: uuid(2),
    plugged: true,
  };

  test('an inventory that nobody takes is told, as under Neutron; one of 2,000 ports arrives once somebody does', async () => {
    const agent = await startAgent('h');
    const neutron = await (await vhost.connect()).createChannel();
    await neutron.assertQueue('n-taas-plugin', { durable: false });
    await neutron.bindQueue('n-taas-plugin', 'neutron', 'n-taas-plugin');
    const ports = range(1, 2_000).map((number) => ({ ...port, portId: uuid(number) }));
    const inventory = { host: 'h', tunnelAddress: '192.0.2.1', ports };
    await expect(agent.bus.castInventory(inventory)).rejects.toMatchObject({ name: 'BusError', code: 'unroutable' });
    const server = await startServer();
    await agent.bus.castInventory(inventory);
    await server.until('an inventory', () => server.reports.some(({ kind }) => kind === 'ports'));
    expect(server.reports.find(({ kind }) => kind === 'ports')).toEqual({ kind: 'ports', ...inventory });
    expect(agent.of('inventory_trimmed')).toEqual([]);
  });

  test('a port with a silly name is told at the agent, and the inventory goes without the name', async () => {
    const server = await startServer();
    const agent = await startAgent('h');
    const silly = { ...port, portName: 'x'.repeat(20_000_000) };
    await agent.bus.castInventory({ host: 'h', tunnelAddress: null, ports: [silly] });
    await server.until('an inventory', () => server.reports.some(({ kind }) => kind === 'ports'));
    expect(server.reports.find(({ kind }) => kind === 'ports')).toMatchObject({ ports: [{ ...port, portName: null }] });
    expect(server.of('message_trimmed')).toEqual([]);
    expect(agent.of('inventory_trimmed')).toMatchObject([{ reason: expect.stringContaining('ports.0.port_name') }]);
  });
});
