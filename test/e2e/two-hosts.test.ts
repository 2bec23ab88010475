import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { type HostedVm, JoinedScene } from '../support/joined-scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { PortVlan } from '../support/vm.ts';
import { kindsOfFrames } from './kinds-of-frames.ts';
import { EVERY, PRIORITY, taggedFrames } from './tagged-frames.ts';
import { type Seen, watch } from './watch.ts';
import { OUR_COOKIE } from './wipe.ts';

/** Of VMs: room for the longest frames that are sent here. */
const MTU = 9000;
/** With the headers of any tunnel, a tag of the wire format and those of the VM. */
const UNDERLAY_MTU = 9100;

/** Those of the tags that are sent here. Not that of the dot1q-tunnel ports: a mirror takes the VM's own tags off what comes from there. */
const TRUNKS = [0, 1, 7, 20, 4094];
const STACKS = EVERY.filter(([outer]) => outer === undefined || TRUNKS.includes(outer.vid));

/** Two VMs on ports of one kind. The first is tapped. */
interface Pair {
  readonly vm: HostedVm;
  readonly peer: HostedVm;
}

const bothWays = (seen: Seen, { vm }: Pair) => [...seen.in(vm), ...seen.out(vm)];

/** An access port takes off a priority tag, before anything else. */
function asTaken(frame: Buffer): Buffer {
  const isTagged = frame.readUInt16BE(12) === 0x8100;
  return isTagged ? Buffer.concat([frame.subarray(0, 12), frame.subarray(16)]) : frame;
}

describe.each([
  ['neutron', 'vxlan'],
  ['neutron', 'geneve'],
  ['neutron', 'gre'],
  ['own', 'vxlan'],
  ['own', 'geneve'],
  ['own', 'gre'],
] as const)('through %s tunnels: %s', (mode, tunnels) => {
  let scene: JoinedScene;
  let access: Pair;
  let trunk: Pair;
  let tunnel: Pair;
  let sensors: Readonly<Record<'IN' | 'OUT' | 'BOTH', HostedVm>>;

  async function plugPair(name: string, vlan: PortVlan): Promise<Pair> {
    const vm = await scene.vm(1, { name, vlan, mtu: MTU });
    return { vm, peer: await scene.vm(1, { name: `${name}-peer`, vlan, mtu: MTU }) };
  }

  const plugSensor = (host: number) => scene.vm(host, { name: 'sensor', tag: 99, mtu: MTU });

  beforeAll(async () => {
    scene = await JoinedScene.start({ hosts: 3, mode, tunnels, mtu: UNDERLAY_MTU });
    access = await plugPair('access', { mode: 'access', tag: 5 });
    trunk = await plugPair('trunk', { mode: 'trunk', trunks: TRUNKS });
    tunnel = await plugPair('tunnel', { mode: 'dot1q-tunnel', tag: 6 });
    sensors = { IN: await plugSensor(2), OUT: await plugSensor(2), BOTH: await plugSensor(3) };
  });
  afterAll(() => scene?.stop());

  /** All flows of ours on each host. */
  async function ourFlows(): Promise<readonly (readonly string[])[]> {
    const of = async (bridge: string, number: number) => {
      const flows = await scene.host(number).on.dumpFlows(bridge, `cookie=${OUR_COOKIE}`);
      return flows.map((flow) => `${bridge} ${flow}`);
    };
    const onHost = async (number: number) =>
      (await Promise.all(['br-int', 'br-tap', 'br-tun'].map((bridge) => of(bridge, number)))).flat().sort();
    return await Promise.all([1, 2, 3].map(onHost));
  }

  /** Every kind of frame both ways, and every stack of tags that such a port takes. */
  async function talk(): Promise<void> {
    for (const [one, other] of [
      [access.vm, access.peer],
      [access.peer, access.vm],
    ] as const) {
      await sendFrames(one, [...kindsOfFrames(one, other), ...taggedFrames(one, PRIORITY)]);
    }
    for (const { vm, peer } of [trunk, tunnel]) {
      await sendFrames(vm, [...kindsOfFrames(vm, peer), ...taggedFrames(vm, STACKS)]);
      await sendFrames(peer, [...kindsOfFrames(peer, vm), ...taggedFrames(peer, STACKS)]);
    }
  }

  test('the sensors on two other hosts see each frame of every kind once, as the VM does, and nothing is left', async () => {
    const before = await ourFlows();
    for (const direction of ['IN', 'OUT', 'BOTH'] as const) {
      for (const { vm } of [access, trunk, tunnel]) await scene.tap(vm, sensors[direction], direction);
    }
    const sources = [access, trunk, tunnel];
    const look = await watch(scene, ...sources.map(({ vm }) => vm), ...Object.values(sensors));
    await talk();
    const seen = await look();

    const received = sources.flatMap(({ vm }) => seen.in(vm));
    const sent = [...seen.out(access.vm).map(asTaken), ...[trunk, tunnel].flatMap(({ vm }) => seen.out(vm))];
    expect(compareFrames(seen.in(sensors.IN), received)).toBe('');
    expect(compareFrames(seen.in(sensors.OUT), sent)).toBe('');
    expect(compareFrames(seen.in(sensors.BOTH), [...received, ...sent])).toBe('');
    for (const pair of sources) expect(bothWays(seen, pair).length).toBeGreaterThan(2 * STACKS.length);
    expect(Math.max(...sent.map(({ length }) => length))).toBe(MTU + 14);

    await scene.reset();
    const rest = async () => {
      expect(await ourFlows()).toEqual(before);
      return true;
    };
    await eventually(rest, { what: 'nothing to be left but what was there before' });
  });
});
