import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { addTenantNetwork, removeTenantNetwork } from '../support/neutron-tunnels.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Vm } from '../support/vm.ts';
import { freshFrames } from './copied.ts';
import { watchWhile } from './crossing.ts';
import { type CrossTap, TunnelStage } from './tunnel-stage.ts';
import { OUR_COOKIE } from './wipe.ts';

const VLAN = 50;
const COUNT = 20;

let stage: TunnelStage;
/** One on each host, in one network of a tenant's, when there is one. */
let tenants: readonly Vm[];

beforeAll(async () => {
  stage = await TunnelStage.start(3);
  tenants = await Promise.all(stage.joined.hosts.map((host) => host.vm({ name: 'tenant', tag: VLAN })));
});
afterAll(() => stage?.stop());
afterEach(() => stage?.clear());

/** Has Neutron set up, on some hosts, a network whose number is the taas_id. Answers how to have it removed. */
async function addNetwork({ service }: CrossTap, ...numbers: readonly number[]): Promise<() => Promise<void>> {
  const network = { key: service.taasId, vlan: VLAN };
  for (const number of numbers) await addTenantNetwork(stage.host(number).on, network);
  return async () => {
    for (const number of numbers) await removeTenantNetwork(stage.host(number).on, network);
  };
}

/** Why an agent has given up a tap service or tap flow. */
function whyGivenUp(number: number, key: 'tapService' | 'tapFlow', { id }: { readonly id: string }): unknown {
  const lines = stage.host(number).agent.log();
  return lines.findLast((line) => line.msg === 'tap given up: reporting ERROR' && line[key] === id)?.['reason'];
}

/** What the sensor and each tenant get while the source and the tenants send, and the tap's copies between hosts. */
async function talk({ source, sensor }: CrossTap) {
  const sent = freshFrames(source, COUNT);
  const said = tenants.map((tenant) => freshFrames(tenant, COUNT));
  const { crossings, received } = await watchWhile(stage.joined, [sensor, ...tenants], async () => {
    for (const [index, tenant] of tenants.entries()) {
      await sendFrames(source, sent.slice(index * 5, index * 5 + 5));
      await sendFrames(tenant, said[index] ?? []);
    }
    await sendFrames(source, sent.slice(tenants.length * 5));
  });
  const copies = crossings.filter(({ frame }) => sent.some((each) => each.equals(frame)));
  const [atSensor = [], ...atTenants] = received;
  return { sent, said, copies, atSensor, atTenants };
}

/** Tenants hear of each other on these hosts, and of nothing else, and nothing comes to the sensor. */
async function expectApart(tap: CrossTap, ...numbers: readonly number[]) {
  const { said, atSensor, atTenants, copies } = await talk(tap);
  expect(compareFrames(atSensor, [])).toBe('');
  for (const [index, heard] of atTenants.entries()) {
    const others = said.flatMap((frames, from) => {
      const joined = numbers.includes(from + 1) && numbers.includes(index + 1);
      return from !== index && joined ? frames : [];
    });
    expect(compareFrames(heard, others)).toBe('');
  }
  return copies;
}

test('where its number is that of a network already, a tap is an ERROR at once, and says so', async () => {
  const tap = await stage.plug(1, 2);
  const remove = await addNetwork(tap, 1, 2, 3);
  await stage.create(tap);
  await stage.reported('ERROR', tap);
  const reason = `tunnel key ${tap.service.taasId}, its taas_id, is that of another network on this host: give it another`;
  expect(whyGivenUp(2, 'tapService', tap.service)).toBe(reason);
  expect(whyGivenUp(1, 'tapFlow', tap.flow)).toContain(reason);
  expect(stage.joined.plugin.reports(tap.flow.id)).toEqual(['ERROR']);
  expect(stage.joined.plugin.reports(tap.service.id)).toEqual(['ERROR']);
  expect(await expectApart(tap, 1, 2, 3)).toEqual([]);

  await remove();
  await stage.create(tap);
  await stage.reported('ACTIVE', tap);
  expect(await stage.copied(tap)).toMatchObject({ difference: '' });
});

test('a network that comes later ends the copies of an ACTIVE tap with its number', async () => {
  const tap = await stage.tap(1, 2);
  expect(await stage.copied(tap)).toMatchObject({ difference: '' });
  const remove = await addNetwork(tap, 1, 2, 3);
  await stage.reported('ERROR', tap);
  expect(await expectApart(tap, 1, 2, 3)).toEqual([]);

  await remove();
  await stage.create(tap);
  await stage.reported('ACTIVE', tap);
  expect(await stage.copied(tap)).toMatchObject({ difference: '' });
});

describe('a network that is only at some hosts', () => {
  test('at the sensor: the service is an ERROR, and what is still sent to it enters no network', async () => {
    const tap = await stage.tap(1, 2);
    expect(await stage.copied(tap)).toMatchObject({ difference: '' });
    const { agent, on } = stage.host(2);
    const remove = await addNetwork(tap, 2, 3);
    await stage.joined.plugin.reported('ERROR', tap.service.id);
    expect(stage.joined.plugin.reports(tap.flow.id)).toEqual(['ACTIVE']);
    // They must be under way, or that they do not enter says nothing.
    expect((await expectApart(tap, 2, 3)).length).toBeGreaterThanOrEqual(COUNT);

    const guards = () => on.dumpFlows('br-tun', `cookie=${OUR_COOKIE},table=4,tun_id=${tap.service.taasId}`);
    const atFirst = await guards();
    await on.ofctl('del-flows', 'br-tun', `cookie=${OUR_COOKIE}`);
    await eventually(async () => (await guards()).length === atFirst.length, { what: 'what Neutron wiped to be back' });
    await expectApart(tap, 2, 3);
    await agent.stop();
    await agent.start();
    await expectApart(tap, 2, 3);

    await remove();
    await eventually(async () => (await guards()).length === 0, { what: 'the guard to go with the network' });
    await stage.create(tap);
    await stage.reported('ACTIVE', tap);
    expect(await stage.copied(tap)).toMatchObject({ difference: '' });
  });

  test('at neither end: the tap stays ACTIVE, and none of its copies enters there', async () => {
    const tap = await stage.plug(1, 2);
    const remove = await addNetwork(tap, 3);
    await stage.create(tap);
    await stage.reported('ACTIVE', tap);
    await stage.host(2).agent.stop();
    await stage.forgetPlace(tap);
    expect(await stage.copied(tap, 1)).toMatchObject({ difference: '', hosts: [2, 3] });
    await stage.forgetPlace(tap);
    const { sent, atSensor, atTenants } = await talk(tap);
    expect(compareFrames(atSensor, sent)).toBe('');
    expect(atTenants.map((heard) => compareFrames(heard, []))).toEqual(['', '', '']);
    await remove();
    await stage.host(2).agent.start();
    expect(await stage.copied(tap)).toMatchObject({ difference: '', hosts: [2] });
  });
});
