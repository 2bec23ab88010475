import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Vm } from '../support/vm.ts';
import { watch } from './watch.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterEach(() => scene.reset());
afterAll(() => scene?.stop());

const plug = (name: string, tag: number) => scene.vm({ name, tag });
const frames = (from: Vm, to: Vm) =>
  [BROADCAST, to.mac, BROADCAST].map((dst, index) =>
    ethernet({ src: from.mac, dst }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(9, 9, numbered(from.name, index)))),
  );

async function refusal(flowId: string): Promise<unknown> {
  await scene.plugin.reported('ERROR', flowId);
  return scene.agent.log().find(({ tapFlow, level }) => tapFlow === flowId && level === 'error')?.msg;
}

/** The VMs of a network talk as if nobody had tried to tap them. */
async function expectTalk(one: Vm, other: Vm): Promise<void> {
  const look = await watch(scene, one, other);
  await sendFrames(one, frames(one, other));
  await sendFrames(other, frames(other, one));
  const seen = await look();
  expect(compareFrames(seen.in(other), frames(one, other))).toBe('');
  expect(compareFrames(seen.in(one), frames(other, one))).toBe('');
}

test.each(['service', 'flow'] as const)(
  'a flow whose source is the port of its own service is refused, %s first',
  async (first) => {
    const [sensor, peer] = [await plug('sensor', 5), await plug('peer', 5)];
    const service = scene.service(sensor);
    const flow = scene.flow(sensor, service, 'BOTH');
    const creates = [() => scene.plugin.createService(service), () => scene.plugin.createFlow(flow)];
    for (const create of first === 'service' ? creates : creates.reverse()) await create();
    expect(await refusal(flow.id)).toContain('would come back to its source port');
    await scene.plugin.reported('ACTIVE', service.id);
    await expectTalk(sensor, peer);
  },
);

test('two services that would feed each other: the second flow is refused, the first goes on', async () => {
  const [one, other, peer] = [await plug('one', 5), await plug('other', 5), await plug('peer', 5)];
  const kept = await scene.tap(one, other, 'BOTH');
  const back = scene.service(one);
  const refused = scene.flow(other, back, 'BOTH');
  await scene.plugin.createService(back);
  await scene.plugin.createFlow(refused);
  expect(await refusal(refused.id)).toContain('would come back to its source port');
  await expectTalk(one, peer);
  const look = await watch(scene, one, other);
  await sendFrames(one, [frames(one, peer)[1] ?? Buffer.alloc(0)]);
  const seen = await look();
  expect(compareFrames(seen.in(other), seen.out(one))).toBe('');
  expect(scene.plugin.reports(kept.id)).toEqual(['ACTIVE']);
});

test('a ring of three services is refused at the flow that closes it', async () => {
  const [a, b, c] = [await plug('a', 5), await plug('b', 6), await plug('c', 7)];
  await scene.tap(a, b, 'OUT');
  await scene.tap(b, c, 'IN');
  const closing = scene.flow(c, scene.service(a), 'IN');
  await scene.plugin.createService(closing.service);
  await scene.plugin.createFlow(closing);
  expect(await refusal(closing.id)).toContain('would come back to its source port');
  await expectTalk(a, await plug('peer', 5));
});

test.each([
  { first: 'OUT', second: 'IN' },
  { first: 'IN', second: 'IN' },
  { first: 'BOTH', second: 'BOTH' },
] as const)(
  'a sensor may be tapped in turn ($first, then $second): copies are copied, and once',
  async ({ first, second }) => {
    const [vm, peer] = [await plug('vm', 5), await plug('peer', 5)];
    const [sensor, last] = [await plug('sensor', 6), await plug('last', 7)];
    await scene.tap(vm, sensor, first);
    await scene.tap(sensor, last, second);
    const look = await watch(scene, vm, sensor, last);
    await sendFrames(vm, frames(vm, peer));
    await sendFrames(peer, frames(peer, vm));
    await sendFrames(sensor, frames(sensor, vm));
    const seen = await look();
    const copies = { IN: seen.in(vm), OUT: seen.out(vm), BOTH: [...seen.in(vm), ...seen.out(vm)] }[first];
    expect(seen.in(vm)).toHaveLength(3);
    expect(compareFrames(seen.in(sensor), copies)).toBe('');
    expect(compareFrames(seen.in(last), second === 'IN' ? copies : [...copies, ...seen.out(sensor)])).toBe('');
  },
);
