import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import type { VlanTag } from '../support/frames.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { PortVlan, Vm } from '../support/vm.ts';
import { EVERY, NO_TAG, PRIORITY, SINGLE, taggedFrames } from './tagged-frames.ts';
import { type Seen, watch } from './watch.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ settings: { port_grace_seconds: 2 } });
});
afterEach(async () => {
  await scene.reset();
  await scene.on.vsctl('remove', 'Open_vSwitch', '.', 'other_config', 'vlan-limit');
});
afterAll(() => scene?.stop());

/** Two VMs on ports of a kind, and a sensor in a network of its own (no frame of a trunk here has VLAN 99). */
async function plugThree(vlan: PortVlan) {
  const vm = await scene.vm({ name: 'vm', vlan });
  const peer = await scene.vm({ name: 'peer', vlan });
  const sensor = await scene.vm({ name: 'sensor', tag: 99 });
  return { vm, peer, sensor };
}

/** Taps a VM on such a port, has it and a peer broadcast with the given tags, and answers what was seen. */
async function broadcast(vlan: PortVlan, stacks: readonly (readonly VlanTag[])[], vlanFilter?: string) {
  const { vm, peer, sensor } = await plugThree(vlan);
  await scene.tap(vm, sensor, 'BOTH', vlanFilter);
  const look = await watch(scene, vm, peer, sensor);
  await sendFrames(vm, taggedFrames(vm, stacks));
  await sendFrames(peer, taggedFrames(peer, stacks));
  const seen = await look();
  expect(compareFrames(seen.out(vm), taggedFrames(vm, stacks))).toBe('');
  return { vm, peer, sensor, seen };
}

const bothWays = (seen: Seen, vm: Vm) => [...seen.in(vm), ...seen.out(vm)];
const setVlanLimit = (limit: number) => scene.on.vsctl('set', 'Open_vSwitch', '.', `other_config:vlan-limit=${limit}`);
const outerVid = (frame: Buffer) =>
  [0x8100, 0x88a8].includes(frame.readUInt16BE(12)) ? frame.readUInt16BE(14) & 0xfff : undefined;
const withoutOuterTag = (frame: Buffer) => Buffer.concat([frame.subarray(0, 12), frame.subarray(16)]);

test('on a trunk port a frame is copied with whatever tags the VM gave it', async () => {
  const { vm, sensor, seen } = await broadcast({ mode: 'trunk' }, EVERY);
  // All but VLAN 4095, which the switch carries for nobody.
  expect(seen.in(vm)).toHaveLength(EVERY.length - 1);
  expect(compareFrames(seen.in(sensor), bothWays(seen, vm))).toBe('');
});

test('on a trunk port of some VLANs what the switch refuses is not copied', async () => {
  const { vm, sensor, seen } = await broadcast({ mode: 'trunk', trunks: [7, 20] }, EVERY);
  const accepted = seen.out(vm).filter((frame) => [7, 20].includes(outerVid(frame) ?? -1));
  expect(compareFrames(seen.in(sensor), [...seen.in(vm), ...accepted])).toBe('');
  expect(accepted).toHaveLength(6);
});

test('on a dot1q-tunnel port a frame is copied with whatever tags the VM gave it', async () => {
  const { vm, sensor, seen } = await broadcast({ mode: 'dot1q-tunnel', tag: 5 }, EVERY);
  expect(seen.in(vm)).toHaveLength(EVERY.length - 1);
  expect(compareFrames(seen.in(sensor), bothWays(seen, vm))).toBe('');
});

test('on a dot1q-tunnel port of a switch that reads two tags, too, as long as the VM gave it no more than one', async () => {
  await setVlanLimit(2);
  const { vm, sensor, seen } = await broadcast({ mode: 'dot1q-tunnel', tag: 5 }, [NO_TAG, ...PRIORITY, ...SINGLE]);
  expect(seen.in(vm)).toHaveLength(PRIORITY.length + SINGLE.length);
  expect(compareFrames(seen.in(sensor), bothWays(seen, vm))).toBe('');
});

test('on an access port the switch refuses tags, and takes a priority tag off before anything else', async () => {
  const stacks = [NO_TAG, ...PRIORITY, ...SINGLE, [{ vid: 5 }], [{ vid: 20 }, { vid: 7 }]];
  const { vm, sensor, seen } = await broadcast({ mode: 'access', tag: 5 }, stacks);
  const sent = seen.out(vm);
  const priority = sent.filter((frame) => outerVid(frame) === 0).map(withoutOuterTag);
  const accepted = [...sent.filter((frame) => outerVid(frame) === undefined), ...priority];
  expect(accepted).toHaveLength(1 + PRIORITY.length);
  expect(seen.in(vm)).toHaveLength(accepted.length);
  expect(compareFrames(seen.in(sensor), [...seen.in(vm), ...accepted])).toBe('');
});

const FILTER = '10-20,30';
const AROUND_FILTER = [9, 10, 15, 16, 20, 21, 29, 30, 31, 4094].map((vid) => [{ vid }]);
const isSelected = (vid = -1) => (vid >= 10 && vid <= 20) || vid === 30;

test('vlan_filter on a trunk port copies its VLANs, and nothing without a tag', async () => {
  const nested = [
    [{ vid: 15 }, { vid: 40 }],
    [{ vid: 40 }, { vid: 15 }],
  ];
  const stacks = [NO_TAG, ...PRIORITY, ...AROUND_FILTER, ...nested];
  const { vm, sensor, seen } = await broadcast({ mode: 'trunk' }, stacks, FILTER);
  const selected = bothWays(seen, vm).filter((frame) => isSelected(outerVid(frame)));
  expect(selected).toHaveLength(2 * 6);
  expect(compareFrames(seen.in(sensor), selected)).toBe('');
});

test('vlan_filter on a dot1q-tunnel port looks at the tag that the VM gave', async () => {
  await setVlanLimit(2);
  const { vm, sensor, seen } = await broadcast(
    { mode: 'dot1q-tunnel', tag: 15 },
    [NO_TAG, ...PRIORITY, ...AROUND_FILTER],
    FILTER,
  );
  const selected = bothWays(seen, vm).filter((frame) => isSelected(outerVid(frame)));
  expect(selected).toHaveLength(2 * 5);
  expect(compareFrames(seen.in(sensor), selected)).toBe('');
});

test('vlan_filter on a dot1q-tunnel port of a switch that reads one tag is an ERROR that says what to set', async () => {
  const { vm, sensor } = await plugThree({ mode: 'dot1q-tunnel', tag: 5 });
  await scene.tap(vm, sensor, 'OUT');
  const service = scene.service(sensor);
  const flow = scene.flow(vm, service, 'OUT', FILTER);
  await scene.plugin.createService(service);
  await scene.plugin.createFlow(flow);
  await scene.plugin.reported('ERROR', flow.id);
  expect(scene.plugin.reports(flow.id)).toEqual(['ERROR']);
  expect(scene.plugin.reports(service.id)).toEqual(['ACTIVE']);
  const line = scene.agent.log().find(({ tapFlow, level }) => tapFlow === flow.id && level === 'error');
  expect(line?.['reason']).toContain(`${vm.portName} needs a switch that reads two VLAN headers`);
});
