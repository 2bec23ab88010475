import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import type { FlowSpec } from '../support/plugin.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Vm } from '../support/vm.ts';
import { kindsOfFrames } from './kinds-of-frames.ts';
import { watch } from './watch.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterEach(() => scene.reset());
afterAll(() => scene?.stop());

const plug = (name: string, tag: number, mac?: string) =>
  scene.vm({ name, tag, mtu: 9000, ...(mac === undefined ? {} : { mac }) });

const toMac = (from: Vm, dst: string, label: string, number = 1) =>
  ethernet({ src: from.mac, dst }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(9, 9, numbered(label, number))));

/** Sends every kind of frame both ways. */
async function converse(one: Vm, other: Vm): Promise<void> {
  await sendFrames(one, kindsOfFrames(one, other));
  await sendFrames(other, kindsOfFrames(other, one));
}

test('two networks with the same MAC addresses: only the tapped port is copied', async () => {
  const [vm, peer] = [await plug('vm', 1), await plug('peer', 1)];
  const [twin, twinPeer] = [await plug('twin', 2, vm.mac), await plug('twin-peer', 2, peer.mac)];
  const sensor = await plug('sensor', 3);
  await scene.tap(vm, sensor, 'BOTH');
  const look = await watch(scene, vm, twin, sensor);
  await converse(vm, peer);
  await converse(twin, twinPeer);
  const seen = await look();
  expect(seen.in(twin).length).toBeGreaterThan(0);
  // Each frame of the twins equals one of the tapped pair: one that leaked would be there twice.
  expect(compareFrames(seen.in(sensor), [...seen.in(vm), ...seen.out(vm)])).toBe('');
});

test('two tapped networks with the same MAC addresses and two sensors: each gets its own', async () => {
  const [vm, peer] = [await plug('vm', 1), await plug('peer', 1)];
  const [twin, twinPeer] = [await plug('twin', 2, vm.mac), await plug('twin-peer', 2, peer.mac)];
  const [sensor, twinSensor] = [await plug('sensor', 3), await plug('twin-sensor', 3)];
  await scene.tap(vm, sensor, 'BOTH');
  await scene.tap(twin, twinSensor, 'BOTH');
  const look = await watch(scene, vm, twin, sensor, twinSensor);
  await sendFrames(vm, [toMac(vm, peer.mac, 'network 1'), toMac(vm, BROADCAST, 'network 1')]);
  await sendFrames(peer, [toMac(peer, vm.mac, 'network 1'), toMac(peer, BROADCAST, 'network 1')]);
  await sendFrames(twin, [toMac(twin, twinPeer.mac, 'network 2'), toMac(twin, BROADCAST, 'network 2')]);
  await sendFrames(twinPeer, [toMac(twinPeer, twin.mac, 'network 2'), toMac(twinPeer, BROADCAST, 'network 2')]);
  const seen = await look();
  expect(compareFrames(seen.in(sensor), [...seen.in(vm), ...seen.out(vm)])).toBe('');
  expect(compareFrames(seen.in(twinSensor), [...seen.in(twin), ...seen.out(twin)])).toBe('');
  expect(seen.in(sensor)).toHaveLength(4);
  expect(seen.in(twinSensor)).toHaveLength(4);
});

test('neighbours in the network of a tapped port are copied only where the port gets their frames', async () => {
  const [vm, one, other] = [await plug('vm', 1), await plug('one', 1), await plug('other', 1)];
  const sensor = await plug('sensor', 2);
  // The switch learns who is where; until then it floods, and what is flooded is delivered to the tapped port.
  for (const each of [vm, one, other]) await sendFrames(each, [toMac(each, BROADCAST, each.name)]);
  await scene.tap(vm, sensor, 'BOTH');
  const look = await watch(scene, vm, sensor);
  const stranger = 'fa:16:3e:99:99:99';
  await converse(one, other);
  await sendFrames(one, [toMac(one, stranger, 'flooded'), toMac(one, vm.mac, 'to the VM')]);
  const seen = await look();
  expect(compareFrames(seen.in(sensor), seen.in(vm))).toBe('');
  const unicastBetweenThem = seen
    .in(vm)
    .filter((frame) => frame.toString('hex', 0, 6) === other.mac.replaceAll(':', ''));
  expect(unicastBetweenThem).toEqual([]);
  expect(seen.in(vm).some((frame) => frame.includes('flooded#1;'))).toBe(true);
});

test('what a sensor sends goes nowhere but into its own network, and a tapped network hears nothing of the copies', async () => {
  const [vm, peer, bystander] = [await plug('vm', 1), await plug('peer', 1), await plug('bystander', 1)];
  const [sensor, sensorPeer] = [await plug('sensor', 2), await plug('sensor-peer', 2)];
  await scene.tap(vm, sensor, 'BOTH');
  const look = await watch(scene, vm, bystander, sensor, sensorPeer);
  await converse(vm, peer);
  await sendFrames(sensor, kindsOfFrames(sensor, vm));
  const seen = await look();
  const fromSensor = kindsOfFrames(sensor, vm);
  const isFromSensor = (frame: Buffer) => fromSensor.some((other) => other.equals(frame));
  expect(compareFrames(seen.in(sensor), [...seen.in(vm), ...seen.out(vm)])).toBe('');
  expect(seen.in(sensorPeer).every(isFromSensor)).toBe(true);
  expect(seen.in(sensorPeer).length).toBeGreaterThan(0);
  expect([...seen.in(vm), ...seen.in(bystander)].filter(isFromSensor)).toEqual([]);
});

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
