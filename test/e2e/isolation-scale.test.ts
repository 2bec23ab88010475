import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import type { FlowSpec } from '../support/plugin.ts';
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

const frame = (from: Vm, dst: string, number: number) =>
  ethernet({ src: from.mac, dst }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(9, 9, numbered(from.name, number))));

/** Plugs VMs, two at a time: each takes a dozen processes. */
async function plugMany(count: number, tagOf: (index: number) => number): Promise<readonly Vm[]> {
  const vms: Vm[] = [];
  for (let at = 0; at < count; at += 2) {
    const pair = [at, at + 1].filter((index) => index < count);
    vms.push(...(await Promise.all(pair.map((index) => scene.vm({ name: `vm-${index}`, tag: tagOf(index) })))));
  }
  return vms;
}

/** Creates tap flows all at once, and waits until all are ACTIVE. */
async function tapAll(sources: readonly Vm[], sensor: Vm, direction: FlowSpec['direction']): Promise<void> {
  const service = scene.service(sensor);
  const flows = sources.map((source) => scene.flow(source, service, direction));
  await scene.plugin.createService(service);
  for (const flow of flows) await scene.plugin.createFlow(flow);
  await scene.plugin.reported('ACTIVE', service.id, ...flows.map(({ id }) => id));
}

test('60 tapped ports in 60 networks share a mirror, and each frame is copied once', async () => {
  const sources = await plugMany(60, (index) => index + 1);
  const sensor = await scene.vm({ name: 'sensor', tag: 99 });
  const neighbour = await scene.vm({ name: 'neighbour', tag: 30 });
  await tapAll(sources, sensor, 'OUT');
  expect((await scene.on.vsctl('--columns=name', '--bare', 'list', 'Mirror')).trim()).toBe('taas-out-0');
  const look = await watch(scene, sensor);
  const sent = sources.map((source, index) => frame(source, BROADCAST, index));
  for (const [index, source] of sources.entries()) await sendFrames(source, sent.slice(index, index + 1));
  await sendFrames(neighbour, [frame(neighbour, BROADCAST, 0)]);
  const seen = await look();
  expect(compareFrames(seen.in(sensor), sent)).toBe('');
});

test('40 tapped ports in one network, more than there are mirrors: unicast and broadcast are exact by MAC address', async () => {
  const sources = await plugMany(40, () => 1);
  const [outSensor, inSensor] = [
    await scene.vm({ name: 'out-sensor', tag: 98 }),
    await scene.vm({ name: 'in-sensor', tag: 99 }),
  ];
  const one = await scene.vm({ name: 'one', tag: 1 });
  const other = await scene.vm({ name: 'other', tag: 1 });
  await tapAll(sources, outSensor, 'OUT');
  await tapAll(sources, inSensor, 'IN');
  // From here on the switch knows where everybody is.
  for (const vm of [...sources, one, other]) await sendFrames(vm, [frame(vm, BROADCAST, 0)]);

  const look = await watch(scene, outSensor, inSensor, one);
  const unicasts = sources.map((source, index) => frame(source, (sources[(index + 1) % 40] ?? source).mac, 1));
  const broadcasts = sources.map((source) => frame(source, BROADCAST, 2));
  for (const [index, source] of sources.entries()) {
    await sendFrames(
      source,
      [unicasts[index], broadcasts[index]].filter((each) => each !== undefined),
    );
  }
  const fromOne = [frame(one, BROADCAST, 3), ...sources.map((source, index) => frame(one, source.mac, 10 + index))];
  await sendFrames(one, [...fromOne, frame(one, other.mac, 4)]);
  await sendFrames(other, [frame(other, one.mac, 5)]);
  const seen = await look();
  expect(compareFrames(seen.in(outSensor), [...unicasts, ...broadcasts])).toBe('');
  const delivered = [
    ...unicasts,
    ...broadcasts.flatMap((each) => Array<Buffer>(39).fill(each)),
    ...Array<Buffer>(40).fill(frame(one, BROADCAST, 3)),
    ...fromOne.slice(1),
  ];
  expect(compareFrames(seen.in(inSensor), delivered)).toBe('');
  expect(compareFrames(seen.in(one), [...broadcasts, frame(other, one.mac, 5)])).toBe('');
});
