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
