import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Fleet, type FleetHost, startFleet } from '../support/fleet.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import type { Vm } from '../support/vm.ts';
import { freshFrames, outDifference, receivedWhile } from './copied.ts';
import { agreement } from './fleet-agreement.ts';

let fleet: Fleet;
let sensor: Vm;
let source: Vm;

beforeAll(async () => {
  fleet = await startFleet({
    hosts: 2,
    server: { quota: { tap_services: -1, tap_flows: -1 } },
    agent: { port_grace_seconds: 1 },
  });
  sensor = await fleet.vm({ name: 'sensor', tag: 9 });
  source = await fleet.vm({ name: 'source', tag: 5 });
});
afterAll(() => fleet?.stop());
afterEach(async () => {
  const services = (await fleet.api.list('tap_service')).map(({ id }) => id);
  for (const id of services) await fleet.api.delete('tap_service', id);
  await fleet.api.gone('tap_service', ...services);
});

const stageOn = ({ on }: FleetHost) => ({ settle: () => settle(on), capture: fleet.capture.bind(fleet) });

async function tap(from: Vm = source, to: Vm = sensor): Promise<{ readonly service: string; readonly flow: string }> {
  const { id: service } = await fleet.api.create('tap_service', { port_id: to.portId });
  const attributes = { source_port: from.portId, tap_service_id: service, direction: 'BOTH' };
  const { id: flow } = await fleet.api.create('tap_flow', attributes);
  await fleet.api.reached('ACTIVE', 'tap_flow', flow);
  return { service, flow };
}

/** How many of 20 frames from the source the sensor gets. */
async function heard(): Promise<number> {
  const send = () => sendFrames(source, freshFrames(source, 20));
  const [frames = []] = await receivedWhile(stageOn(fleet.host), [sensor], send);
  return frames.length;
}

describe('taps through the API', () => {
  test('a create brings frames to the sensor, a delete silence', async () => {
    const { flow } = await tap();
    expect(await outDifference(stageOn(fleet.host), source, sensor)).toBe('');
    await fleet.api.delete('tap_flow', flow);
    await fleet.api.gone('tap_flow', flow);
    expect(await heard()).toBe(0);
  });

  test('the agent’s log names the request that an event came from', async () => {
    const answer = await fleet.api.request('POST', '/v2.0/taas/tap_services', {
      tap_service: { port_id: sensor.portId },
    });
    const requestId = answer.headers.get('x-openstack-request-id');
    expect(requestId).toMatch(/^req-/);
    const named = () => fleet.host.agent.log().filter((line) => line['requestId'] === requestId);
    await eventually(() => named().length > 0, { what: 'the request in the log of the agent' });
    expect(named()).toMatchObject([{ msg: 'create_tap_service', level: 'info' }]);
  });

  test('the delete of a service takes its flows along', async () => {
    const { service, flow } = await tap();
    await fleet.api.delete('tap_service', service);
    await fleet.api.gone('tap_flow', flow);
    await fleet.api.gone('tap_service', service);
    await agreement(fleet);
  });

  test('50 creates at once get 50 numbers, and all become ACTIVE', async () => {
    const create = () => fleet.api.create('tap_service', { port_id: sensor.portId });
    const made = await Promise.all(Array.from({ length: 50 }, create));
    await fleet.api.reached('ACTIVE', 'tap_service', ...made.map(({ id }) => id));
    using database = new DatabaseSync(fleet.server.database, { readOnly: true });
    const numbers = database.prepare('SELECT taas_id FROM tap_services ORDER BY taas_id').all();
    expect(numbers.map(({ taas_id: number }) => number)).toEqual(
      Array.from({ length: 50 }, (_, index) => 3900 + index),
    );
    await agreement(fleet);
  });
});

describe('taps follow their ports', () => {
  test('a source that is unplugged makes its tap DOWN, and plugging it brings the copies back', async () => {
    const { flow } = await tap();
    await source.unplug();
    await fleet.api.reached('DOWN', 'tap_flow', flow);
    await source.replug();
    await fleet.api.reached('ACTIVE', 'tap_flow', flow);
    expect(await outDifference(stageOn(fleet.host), source, sensor)).toBe('');
  });

  test('ports that move to another host take their taps along, and leave nothing behind', async () => {
    const [from, to] = fleet.hosts;
    if (!from || !to) throw new Error('there must be two hosts');
    const moving = [
      await fleet.vm({ name: 'mover', tag: 5 }),
      await fleet.vm({ name: 'move-sensor', tag: 9 }),
    ] as const;
    const { flow } = await tap(...moving);
    for (const vm of moving) await vm.remove();
    await fleet.api.reached('DOWN', 'tap_flow', flow);
    const there: Vm[] = [];
    for (const { name, portId, mac } of moving) {
      there.push(await fleet.vm({ name: `${name}-2`, portId, mac, tag: name === 'mover' ? 6 : 10 }, to));
    }
    await fleet.api.reached('ACTIVE', 'tap_flow', flow);
    const [source2, sensor2] = there as [Vm, Vm];
    expect(await outDifference(stageOn(to), source2, sensor2)).toBe('');
    expect(await from.on.dumpFlows('br-int')).toEqual(
      expect.not.arrayContaining([expect.stringContaining('0x74616173')]),
    );
    expect(await fleet.api.list('port', `?id=${source2.portId}`)).toMatchObject([{ 'binding:host_id': 'host-2' }]);
  });

  test('a tap whose port came too late is ERROR, and ACTIVE when the port is there', async () => {
    const late = await fleet.vm({ name: 'late', tag: 5 });
    await late.unplug();
    const { id: service } = await fleet.api.create('tap_service', { port_id: sensor.portId });
    const { id } = await fleet.api.create('tap_flow', {
      source_port: late.portId,
      tap_service_id: service,
      direction: 'OUT',
    });
    await fleet.api.reached('ERROR', 'tap_flow', id);
    await late.replug();
    await fleet.api.reached('ACTIVE', 'tap_flow', id);
    expect(await outDifference(stageOn(fleet.host), late, sensor)).toBe('');
  });

  test('a port that is given to another project is copied no more, until it is given back', async () => {
    const { flow } = await tap();
    const give = (project: string | null) =>
      fleet.api.ask('PUT', `/v2.0/ports/${source.portId}`, { port: { project_id: project } });
    await give('others');
    await fleet.api.reached('ERROR', 'tap_flow', flow);
    expect(await heard()).toBe(0);
    await give(null);
    await fleet.api.reached('ACTIVE', 'tap_flow', flow);
    expect(await outDifference(stageOn(fleet.host), source, sensor)).toBe('');
  });
});

describe('an agent that missed something', () => {
  test('drops what was deleted while it was away and its queue was lost', async () => {
    const { agent } = fleet.host;
    const { service, flow } = await tap();
    await agent.stop();
    await fleet.broker.ctl('delete_queue', '-p', fleet.broker.vhost, 'n-taas_agent_fanout.taas-agent.host-1');
    for (let times = 0; times < 2; times += 1) await fleet.api.request('DELETE', `/v2.0/taas/tap_services/${service}`);
    await fleet.api.gone('tap_flow', flow);
    await agent.start();
    await agreement(fleet);
    expect(await heard()).toBe(0);
  });

  test('gets what was created while it was away and its queue was lost', async () => {
    const { agent } = fleet.host;
    await agent.stop();
    await fleet.broker.ctl('delete_queue', '-p', fleet.broker.vhost, 'n-taas_agent_fanout.taas-agent.host-1');
    const { id: service } = await fleet.api.create('tap_service', { port_id: sensor.portId });
    await agent.start();
    await fleet.api.reached('ACTIVE', 'tap_service', service);
    await agreement(fleet);
  });

  test('learns of a delete whose row waits for it', async () => {
    const { agent } = fleet.host;
    const { service } = await tap();
    await agent.stop();
    await fleet.broker.ctl('delete_queue', '-p', fleet.broker.vhost, 'n-taas_agent_fanout.taas-agent.host-1');
    await fleet.api.delete('tap_service', service);
    expect((await fleet.api.show('tap_service', service)).status).toBe('PENDING_DELETE');
    await agent.start();
    await fleet.api.gone('tap_service', service);
    await agreement(fleet);
  });
});
