import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LogLine } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { addTunnel, addTunnelBridge, removeTunnelBridge } from '../support/neutron-tunnels.ts';
import { logged } from './log-lines.ts';
import { type CrossTap, TunnelStage } from './tunnel-stage.ts';
import { OUR_COOKIE } from './wipe.ts';

let stage: TunnelStage;

beforeAll(async () => {
  stage = await TunnelStage.start(4);
});
afterAll(() => stage?.stop());
afterEach(() => stage?.clear());

const told =
  (msg: string, { flow }: CrossTap) =>
  (line: LogLine) =>
    line.msg === msg && line['tapFlow'] === flow.id;

const ourFlows = (number: number, match = '') =>
  stage.host(number).on.dumpFlows('br-tun', `cookie=${OUR_COOKIE}${match}`);

/** The OpenFlow numbers that a host floods copies to, ascending. */
async function floodedTo(number: number): Promise<readonly number[]> {
  const [flow = ''] = await ourFlows(number, ',table=32');
  return [...flow.matchAll(/output:(\d+)/g)].map(([, port]) => Number(port)).sort((a, b) => a - b);
}

async function ofportOf(number: number, name: string): Promise<number> {
  return Number(await stage.host(number).on.vsctl('get', 'Interface', name, 'ofport'));
}

/** Adds a tunnel from one host to another, and answers its name and number. */
async function join(from: number, to: number) {
  const { on, address } = stage.host(from);
  const name = await addTunnel(on, 'vxlan', address, stage.host(to).address);
  return { name, ofport: await ofportOf(from, name) };
}

/** Deletes the tunnel from one host to another, and answers the number that it had. */
async function part(from: number, to: number): Promise<number> {
  const hex = stage
    .host(to)
    .address.split('.')
    .map((byte) => Number(byte).toString(16).padStart(2, '0'));
  const name = `vxlan-${hex.join('')}`;
  const ofport = await ofportOf(from, name);
  await stage.host(from).on.vsctl('del-port', 'br-tun', name);
  return ofport;
}

/** Makes br-tun, with a tunnel to each other host. */
async function addTunnels(number: number): Promise<void> {
  await addTunnelBridge(stage.host(number).on);
  for (const other of stage.joined.hosts.keys()) if (other + 1 !== number) await join(number, other + 1);
}

describe('a tunnel', () => {
  test('that is added to a new host is flooded into at once, and a sensor behind it is found', async () => {
    await part(1, 4);
    await eventually(async () => (await floodedTo(1)).length === 2, { what: 'the tunnel to leave the flood' });
    const tap = await stage.tap(1, 4);
    const without = await stage.copied(tap);
    expect(without).toMatchObject({ hosts: [2, 3], difference: expect.stringMatching(/^20 missing/) });
    const { ofport } = await join(1, 4);
    await eventually(async () => (await floodedTo(1)).includes(ofport), { what: 'the tunnel to join the flood' });
    expect(await stage.copied(tap)).toMatchObject({ difference: '' });
    expect(await stage.copied(tap)).toMatchObject({ difference: '', hosts: [4] });
  });

  test('that is deleted takes the place that was learnt along; when it is back, copies arrive again', async () => {
    const tap = await stage.tap(1, 2);
    expect(await stage.copied(tap)).toMatchObject({ difference: '' });
    expect(await stage.copied(tap)).toMatchObject({ difference: '', hosts: [2] });
    const place = () => ourFlows(1, `,table=33,dl_vlan=${tap.service.taasId}`);
    expect(await place()).toHaveLength(1);
    const former = await part(1, 2);
    await eventually(async () => (await place()).length === 0, { what: 'the place to be forgotten' });
    await eventually(async () => !(await floodedTo(1)).includes(former), { what: 'the tunnel to leave the flood' });
    const without = await stage.copied(tap);
    expect(without).toMatchObject({ hosts: [3, 4], difference: expect.stringMatching(/^20 missing/) });
    const stale = (await ourFlows(1)).filter((flow) =>
      new RegExp(`output:${former}\\b|reg6=0x${former.toString(16)}\\b`).test(flow),
    );
    expect(stale).toEqual([]);

    const { ofport } = await join(1, 2);
    await eventually(async () => (await floodedTo(1)).includes(ofport), { what: 'the tunnel to join the flood' });
    expect(await stage.copied(tap)).toMatchObject({ difference: '' });
    expect(await stage.copied(tap)).toMatchObject({ difference: '', hosts: [2] });
  });
});

describe('br-tun', () => {
  test('that is not there yet is waited for, and the tap comes true without any event', async () => {
    for (const { on } of stage.joined.hosts) await removeTunnelBridge(on);
    const tap = await stage.plug(1, 2);
    await stage.create(tap);
    const { agent } = stage.host(1);
    const [line] = await logged(agent, told('tap is waiting', tap));
    expect(line?.['reason']).toContain('there is no bridge with tunnels to other hosts');
    await stage.joined.plugin.reported('ACTIVE', tap.service.id);
    expect(stage.joined.plugin.reports(tap.flow.id)).toEqual([]);
    expect(await stage.copied(tap)).toMatchObject({ hosts: [], difference: expect.stringMatching(/^20 missing/) });

    for (const index of stage.joined.hosts.keys()) await addTunnels(index + 1);
    await stage.reported('ACTIVE', tap);
    await eventually(async () => (await floodedTo(1)).length === 3, { what: 'all tunnels to be flooded into' });
    await eventually(async () => (await ourFlows(2, `,table=4,tun_id=${tap.service.taasId}`)).length === 2, {
      what: 'the sensor to be reached',
    });
    expect(await stage.copied(tap)).toMatchObject({ difference: '' });
    expect(await stage.copied(tap)).toMatchObject({ difference: '', hosts: [2] });
  });

  test.each([
    ['the source', 1],
    ['the sensor', 2],
  ])('that is deleted at the host of %s and made anew has our flows again', async (_, number) => {
    const tap = await stage.tap(1, 2);
    expect(await stage.copied(tap)).toMatchObject({ difference: '' });
    const { agent, on } = stage.host(number);
    const before = (await ourFlows(number)).length;
    await removeTunnelBridge(on);
    const joinedToTap = async () => (await on.vsctl('list-ports', 'br-tap')).split('\n').includes('patch-tap-tun');
    await eventually(async () => !(await joinedToTap()), { what: 'our way to br-tun to go with it' });
    expect(await stage.copied(tap)).toMatchObject({ difference: expect.stringMatching(/^20 missing/) });
    if (number === 1) await logged(agent, told('tap has no copies for now', tap));
    await addTunnels(number);
    await eventually(joinedToTap, { what: 'our way to br-tun to be back' });
    await eventually(async () => (await floodedTo(number)).length === 3, { what: 'all tunnels to be flooded into' });
    expect(await stage.copied(tap)).toMatchObject({ difference: '' });
    expect(await stage.copied(tap)).toMatchObject({ difference: '', hosts: [2] });
    expect((await ourFlows(number)).length).toBe(before);
    expect(stage.joined.plugin.reports(tap.flow.id)).toEqual(['ACTIVE']);
  });
});
