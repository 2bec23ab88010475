import { afterEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { snapshotForeign } from '../support/snapshot.ts';
import type { Switch } from '../support/switch.ts';
import { TunnelStage } from './tunnel-stage.ts';
import { OUR_COOKIE } from './wipe.ts';

let stage: TunnelStage | undefined;

afterEach(() => stage?.stop());

const bridges = async (on: Switch) => (await on.vsctl('list-br')).trim().split('\n').sort();

/** Rows of ours, in words, and flows of ours on what is Neutron's. */
async function oursOn(on: Switch): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const table of ['Bridge', 'Port', 'Interface', 'Mirror', 'Flow_Table']) {
    const names = await on.vsctl('--bare', '--columns=name', 'find', table, 'external_ids:owner=taas-agent');
    rows.push(...names.split('\n').flatMap((name) => (name === '' ? [] : [`${table} ${name}`])));
  }
  for (const bridge of await bridges(on)) {
    rows.push(...(await on.dumpFlows(bridge, `cookie=${OUR_COOKIE}`)).map((flow) => `${bridge} ${flow}`));
  }
  return rows;
}

test('the clean-up takes all that is ours off Neutron’s br-tun, learnt places too, and nothing of Neutron’s', async () => {
  stage = await TunnelStage.start(3);
  const before: string[] = [];
  const tap = await stage.tap(1, 2);
  for (const { on } of stage.joined.hosts) before.push(await snapshotForeign(on));
  expect(await stage.copied(tap)).toMatchObject({ difference: '' });
  expect(await stage.host(1).on.dumpFlows('br-tun', `cookie=${OUR_COOKIE},table=33`)).toHaveLength(1);
  for (const [index, { on, agent }] of stage.joined.hosts.entries()) {
    await agent.stop();
    expect(await agent.cleanup()).toMatch(/^removed from the switch: .*\d+ flows, .*\d+ ports?, 1 bridge$/);
    expect(await oursOn(on)).toEqual([]);
    expect(await snapshotForeign(on)).toBe(before[index]);
    expect(await agent.cleanup()).toBe('nothing of ours was on the switch');
  }
  expect(await stage.copied(tap)).toMatchObject({ hosts: [] });
});

test('the clean-up removes a br-tun that we have made, and says so', async () => {
  stage = await TunnelStage.start(2, 'own');
  const tap = await stage.tap(1, 2);
  expect(await stage.copied(tap)).toMatchObject({ difference: '' });
  for (const { on, agent } of stage.joined.hosts) {
    expect(await bridges(on)).toEqual(['br-int', 'br-phy', 'br-tap', 'br-tun']);
    await agent.stop();
    expect(await agent.cleanup()).toMatch(/^removed from the switch: .*\d+ flows, \d+ ports, 2 bridges$/);
    expect(await oursOn(on)).toEqual([]);
    expect(await bridges(on)).toEqual(['br-int', 'br-phy']);
  }
});

test.each(['off', 'neutron'])(
  'where tunnels of ours give way to %s, what was made goes, and comes back',
  async (mode) => {
    stage = await TunnelStage.start(2, 'own');
    const tap = await stage.tap(1, 2);
    const { on, agent } = stage.host(1);
    await agent.stop();
    await agent.start({ TAAS_AGENT_TUNNEL_MODE: mode });
    const isGone = async () => !(await oursOn(on)).some((each) => /tun/.test(each));
    await eventually(isGone, { what: 'all of br-tun to go' });
    expect(await bridges(on)).toEqual(['br-int', 'br-phy', 'br-tap']);
    expect(await stage.copied(tap)).toMatchObject({ hosts: [], difference: expect.stringMatching(/^20 missing/) });
    await agent.stop();
    await agent.start();
    await eventually(async () => (await bridges(on)).includes('br-tun'), { what: 'br-tun to be back' });
    await eventually(async () => (await stage?.copied(tap))?.difference === '', { what: 'copies' });
  },
);

test('where Neutron’s tunnels are no longer to be used, what is ours leaves its br-tun', async () => {
  stage = await TunnelStage.start(2);
  const tap = await stage.tap(1, 2);
  expect(await stage.copied(tap)).toMatchObject({ difference: '' });
  const { on, agent } = stage.host(1);
  const before = await snapshotForeign(on);
  await agent.stop();
  await agent.start({ TAAS_AGENT_TUNNEL_MODE: 'off' });
  const isGone = async () => !(await oursOn(on)).some((each) => /tun/.test(each));
  await eventually(isGone, { what: 'all of ours to leave br-tun' });
  expect(await snapshotForeign(on)).toBe(before);
  expect(await stage.copied(tap)).toMatchObject({ hosts: [] });
});
