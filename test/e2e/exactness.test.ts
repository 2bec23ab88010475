import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import { exchangeTcp } from './exchange-tcp.ts';
import { isForwarded, kindsOfFrames } from './kinds-of-frames.ts';
import { watch } from './watch.ts';

const PAYLOAD_BYTES = 102_400;

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterEach(() => scene.reset());
afterAll(() => scene?.stop());

const plug = (name: string, tag = 1) => scene.vm({ name, tag, mtu: 9000 });

/** Two VMs of one network, and a sensor in a network of its own: whatever reaches it is a copy. */
async function plugThree() {
  const vm = await scene.vm({ name: 'vm', tag: 1, mtu: 9000, ip: '10.0.0.1/24' });
  const peer = await scene.vm({ name: 'peer', tag: 1, mtu: 9000, ip: '10.0.0.2/24' });
  const sensor = await scene.vm({ name: 'sensor', tag: 2, mtu: 9000 });
  return { vm, peer, sensor };
}

const isOneOf = (frames: readonly Buffer[]) => (frame: Buffer) => frames.some((other) => other.equals(frame));

test.each([
  { direction: 'IN', first: 'service' },
  { direction: 'OUT', first: 'service' },
  { direction: 'BOTH', first: 'service' },
  { direction: 'IN', first: 'flow' },
  { direction: 'OUT', first: 'flow' },
  { direction: 'BOTH', first: 'flow' },
] as const)('$direction copies every kind of frame once, $first created first', async ({ direction, first }) => {
  const { vm, peer, sensor } = await plugThree();
  const service = scene.service(sensor);
  const flow = scene.flow(vm, service, direction);
  const creates = [() => scene.plugin.createService(service), () => scene.plugin.createFlow(flow)];
  for (const create of first === 'service' ? creates : creates.reverse()) await create();
  await scene.plugin.reported('ACTIVE', service.id, flow.id);

  const look = await watch(scene, vm, peer, sensor);
  const crafted = kindsOfFrames(vm, peer);
  const answers = kindsOfFrames(peer, vm);
  await sendFrames(vm, crafted);
  await sendFrames(peer, answers);
  expect(await vm.exec('ping', ['-c', '2', '-i', '0.1', '-s', '4000', peer.ip ?? ''])).toContain(' 2 received');
  expect(await exchangeTcp(vm, peer, PAYLOAD_BYTES)).toBe(PAYLOAD_BYTES);
  expect(await exchangeTcp(peer, vm, PAYLOAD_BYTES)).toBe(PAYLOAD_BYTES);

  const seen = await look();
  const expected = { IN: seen.in(vm), OUT: seen.out(vm), BOTH: [...seen.in(vm), ...seen.out(vm)] };
  expect(compareFrames(seen.in(sensor), expected[direction])).toBe('');
  // And the tapped traffic is there, as it would be with no tap.
  expect(compareFrames(seen.out(vm).filter(isOneOf(crafted)), crafted)).toBe('');
  expect(compareFrames(seen.in(peer).filter(isOneOf(crafted)), crafted.filter(isForwarded))).toBe('');
  expect(compareFrames(seen.in(vm).filter(isOneOf(answers)), answers.filter(isForwarded))).toBe('');
});

const twice = (frames: readonly Buffer[]) => [...frames, ...frames];

test('each of several tap flows on one port copies what it asks for, to its own sensor', async () => {
  const [vm, peer] = [await plug('vm'), await plug('peer')];
  const sensors = { IN: await plug('in', 2), OUT: await plug('out', 3), BOTH: await plug('both', 4) };
  const filtered = await plug('filtered', 5);
  await scene.tap(vm, sensors.IN, 'IN');
  await scene.tap(vm, sensors.OUT, 'OUT');
  await scene.tap(vm, sensors.BOTH, 'BOTH');
  await scene.tap(vm, filtered, 'BOTH', '7');
  const look = await watch(scene, vm, sensors.IN, sensors.OUT, sensors.BOTH, filtered);
  await sendFrames(vm, kindsOfFrames(vm, peer));
  await sendFrames(peer, kindsOfFrames(peer, vm));
  const seen = await look();
  expect(compareFrames(seen.in(sensors.IN), seen.in(vm))).toBe('');
  expect(compareFrames(seen.in(sensors.OUT), seen.out(vm))).toBe('');
  expect(compareFrames(seen.in(sensors.BOTH), [...seen.in(vm), ...seen.out(vm)])).toBe('');
  expect(seen.in(filtered)).toEqual([]);
  expect(seen.in(vm).length).toBeGreaterThan(0);
});

test('two tap flows of one port to the same tap service copy each frame twice, and after a delete once', async () => {
  const [vm, peer, sensor] = [await plug('vm'), await plug('peer'), await plug('sensor', 2)];
  await scene.tap(vm, sensor, 'BOTH');
  const second = await scene.tap(vm, sensor, 'BOTH');
  const look = await watch(scene, vm, sensor);
  await sendFrames(vm, kindsOfFrames(vm, peer));
  await sendFrames(peer, kindsOfFrames(peer, vm));
  const before = await look();
  const doubled = twice([...before.in(vm), ...before.out(vm)]);
  expect(compareFrames(before.in(sensor), doubled)).toBe('');

  await scene.untap(second);
  await sendFrames(vm, kindsOfFrames(vm, peer));
  await sendFrames(peer, kindsOfFrames(peer, vm));
  const after = await look();
  const since = [...after.in(vm).slice(before.in(vm).length), ...after.out(vm).slice(before.out(vm).length)];
  expect(compareFrames(after.in(sensor), [...doubled, ...since])).toBe('');
});

test('two tap services on one port are two sensors', async () => {
  const [vm, peer, sensor] = [await plug('vm'), await plug('peer'), await plug('sensor', 2)];
  await scene.tap(vm, sensor, 'OUT');
  const service = scene.service(sensor);
  const flow = scene.flow(vm, service, 'OUT');
  await scene.plugin.createService(service);
  await scene.plugin.createFlow(flow);
  await scene.plugin.reported('ACTIVE', service.id, flow.id);
  const look = await watch(scene, vm, sensor);
  await sendFrames(vm, kindsOfFrames(vm, peer));
  const seen = await look();
  expect(compareFrames(seen.in(sensor), twice(seen.out(vm)))).toBe('');
});

test('many sources share a sensor: a frame between two of them is an OUT copy of one and an IN copy of the other', async () => {
  const sources = [await plug('one'), await plug('two'), await plug('three')];
  const [elsewhere, sensor] = [await plug('elsewhere', 2), await plug('sensor', 3)];
  for (const source of [...sources, elsewhere]) await scene.tap(source, sensor, 'BOTH');
  const look = await watch(scene, ...sources, elsewhere, sensor);
  for (const [index, source] of sources.entries()) {
    const next = sources[(index + 1) % sources.length] ?? source;
    await sendFrames(source, kindsOfFrames(source, next));
  }
  await sendFrames(elsewhere, kindsOfFrames(elsewhere, sensor));
  const seen = await look();
  const expected = [...sources, elsewhere].flatMap((vm) => [...seen.in(vm), ...seen.out(vm)]);
  expect(compareFrames(seen.in(sensor), expected)).toBe('');
  expect(seen.in(elsewhere)).toEqual([]);
});

test('a sensor in the network of the VM gets what is for it beside the copies', async () => {
  const [vm, sensor] = [await plug('vm'), await plug('sensor')];
  await scene.tap(vm, sensor, 'OUT');
  const look = await watch(scene, vm, sensor);
  const frames = kindsOfFrames(vm, sensor);
  await sendFrames(vm, frames);
  const seen = await look();
  expect(compareFrames(seen.out(vm), frames)).toBe('');
  expect(compareFrames(seen.in(sensor), [...frames, ...frames.filter(isForwarded)])).toBe('');
  expect(seen.in(vm)).toEqual([]);
});
