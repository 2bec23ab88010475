import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Vm } from '../support/vm.ts';
import { watch } from './watch.ts';

const GRACE_SECONDS = 3;

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ settings: { port_grace_seconds: GRACE_SECONDS } });
});
afterEach(() => scene.reset());
afterAll(() => scene?.stop());

const plug = (name: string, tag: number) => scene.vm({ name, tag });

let number = 0;
function nextFrame(from: Vm, dst = BROADCAST): Buffer {
  number += 1;
  return ethernet({ src: from.mac, dst }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(9, 9, numbered('n', number))));
}

/** Sends from both until each has been copied from the VM: nobody reports that a port is back. */
async function untilCopied(vm: Vm, peer: Vm, sensor: Vm): Promise<void> {
  const look = await watch(scene, sensor);
  const copied = async () => {
    const [out, into] = [nextFrame(vm), nextFrame(peer)];
    await sendFrames(vm, [out]);
    await sendFrames(peer, [into]);
    const got = (await look()).in(sensor);
    return [out, into].every((frame) => got.some((other) => other.equals(frame)));
  };
  await eventually(copied, { what: 'copies to come again', intervalMs: 100 });
}

/** Sends some frames both ways and compares: every frame of the VM once, and nothing else. */
async function expectExact(vm: Vm, peer: Vm, sensor: Vm): Promise<void> {
  const look = await watch(scene, vm, sensor);
  await sendFrames(vm, [nextFrame(vm), nextFrame(vm, peer.mac), nextFrame(vm)]);
  await sendFrames(peer, [nextFrame(peer), nextFrame(peer, vm.mac), nextFrame(peer)]);
  const seen = await look();
  expect(seen.in(vm)).toHaveLength(3);
  expect(compareFrames(seen.in(sensor), [...seen.in(vm), ...seen.out(vm)])).toBe('');
}

test('a tapped port that is unplugged and plugged again is copied again by itself, without a report', async () => {
  const [vm, peer, sensor] = [await plug('vm', 5), await plug('peer', 5), await plug('sensor', 9)];
  const flow = await scene.tap(vm, sensor, 'BOTH');
  const before = await vm.ofport();
  await vm.unplug();
  // Somebody else gets the number in the meantime, and is nobody's source.
  const other = await plug('other', 5);
  await vm.replug();
  expect(await vm.ofport()).not.toBe(before);
  await untilCopied(vm, peer, sensor);
  await expectExact(vm, peer, sensor);
  const look = await watch(scene, vm, sensor);
  await sendFrames(other, [nextFrame(other, peer.mac)]);
  const seen = await look();
  expect(compareFrames(seen.in(sensor), seen.in(vm))).toBe('');
  expect(scene.plugin.reports(flow.id)).toEqual(['ACTIVE']);
});

test('a tapped port that stays away longer than the grace time is not given up', async () => {
  const [vm, peer, sensor] = [await plug('vm', 5), await plug('peer', 5), await plug('sensor', 9)];
  const flow = await scene.tap(vm, sensor, 'BOTH');
  await vm.unplug();
  // A tap that never had its port is given up meanwhile: so much time has passed.
  const absent = scene.flow({ ...vm, portId: randomUUID() }, flow.service, 'BOTH');
  await scene.plugin.createFlow(absent);
  await scene.plugin.reported('ERROR', absent.id);
  await vm.replug();
  await untilCopied(vm, peer, sensor);
  await expectExact(vm, peer, sensor);
  expect(scene.plugin.reports(flow.id)).toEqual(['ACTIVE']);
});

test('a tapped port that gets another VLAN is copied there, and the one that gets its former VLAN is not', async () => {
  const [vm, peer, sensor] = [await plug('vm', 5), await plug('peer', 5), await plug('sensor', 9)];
  const newPeer = await plug('new-peer', 7);
  await scene.tap(vm, sensor, 'BOTH');
  await expectExact(vm, peer, sensor);
  await vm.setTag(7);
  await untilCopied(vm, newPeer, sensor);
  await expectExact(vm, newPeer, sensor);
  const look = await watch(scene, sensor);
  await sendFrames(peer, [nextFrame(peer), nextFrame(peer, vm.mac)]);
  expect((await look()).in(sensor)).toEqual([]);
});

test('while a tapped port is in the dead VLAN nothing is copied, and again once it has a VLAN', async () => {
  const [vm, peer, sensor] = [await plug('vm', 5), await plug('peer', 5), await plug('sensor', 9)];
  const flow = await scene.tap(vm, sensor, 'BOTH');
  await vm.setTag(4095);
  const detached = async () => (await scene.on.vsctl('--columns=name', '--bare', 'list', 'Mirror')).trim() === '';
  await eventually(detached, { what: 'the mirrors to go' });
  const look = await watch(scene, vm, sensor);
  await sendFrames(vm, [nextFrame(vm)]);
  await sendFrames(peer, [nextFrame(peer)]);
  const seen = await look();
  expect(seen.in(vm)).toEqual([]);
  expect(seen.in(sensor)).toEqual([]);
  await vm.setTag(5);
  await untilCopied(vm, peer, sensor);
  await expectExact(vm, peer, sensor);
  expect(scene.plugin.reports(flow.id)).toEqual(['ACTIVE']);
});

test('a tap whose source and sensor are plugged after its create is ACTIVE once they have their VLAN', async () => {
  const [vm, peer, sensor] = [await plug('vm', 4095), await plug('peer', 5), await plug('sensor', 9)];
  await vm.unplug();
  await sensor.unplug();
  const service = scene.service(sensor);
  const flow = scene.flow(vm, service, 'BOTH');
  await scene.plugin.createService(service);
  await scene.plugin.createFlow(flow);
  const waits = (tap: string) => () => scene.agent.log().some((line) => line.msg === 'tap is waiting' && line[tap]);
  await eventually(waits('tapFlow'), { what: 'the tap flow to wait' });
  await sensor.replug();
  await vm.replug();
  await vm.setTag(5);
  await scene.plugin.reported('ACTIVE', service.id, flow.id);
  await expectExact(vm, peer, sensor);
});

test('a tap whose port is not plugged within the grace time is an ERROR, and is forgotten', async () => {
  const [vm, peer, sensor] = [await plug('vm', 5), await plug('peer', 5), await plug('sensor', 9)];
  await scene.tap(peer, sensor, 'OUT');
  await vm.unplug();
  const flow = scene.flow(vm, scene.service(sensor), 'BOTH');
  await scene.plugin.createService(flow.service);
  await scene.plugin.createFlow(flow);
  await scene.plugin.reported('ERROR', flow.id);
  const line = scene.agent.log().find(({ tapFlow, level }) => tapFlow === flow.id && level === 'error');
  expect(line?.['reason']).toBe(`port ${vm.portId} is not plugged on this host`);
  await vm.replug();
  // A tap of the same port that is created now is served: the agent has seen the port.
  const seenPort = await scene.vm({ name: 'other-sensor', tag: 8 });
  await scene.tap(vm, seenPort, 'OUT');
  const look = await watch(scene, vm, peer, sensor);
  await sendFrames(vm, [nextFrame(vm), nextFrame(vm)]);
  await sendFrames(peer, [nextFrame(peer)]);
  const seen = await look();
  expect(compareFrames(seen.in(sensor), seen.out(peer))).toBe('');
  expect(scene.plugin.reports(flow.id)).toEqual(['ERROR']);
});

test('a sensor that is unplugged and plugged again, with another port number, gets its copies again', async () => {
  const [vm, peer, sensor] = [await plug('vm', 5), await plug('peer', 5), await plug('sensor', 9)];
  const flow = await scene.tap(vm, sensor, 'BOTH');
  const before = await sensor.ofport();
  await sensor.unplug();
  const other = await plug('other', 9);
  const look = await watch(scene, other);
  await sendFrames(vm, [nextFrame(vm)]);
  await sensor.replug();
  expect(await sensor.ofport()).not.toBe(before);
  await untilCopied(vm, peer, sensor);
  await expectExact(vm, peer, sensor);
  expect((await look()).in(other)).toEqual([]);
  expect(scene.plugin.reports(flow.service.id)).toEqual(['ACTIVE']);
});

test('the port number of a sensor changes in place, and another port gets the former one: the copies follow the sensor', async () => {
  const [vm, peer, sensor] = [await plug('vm', 5), await plug('peer', 5), await plug('sensor', 9)];
  await scene.tap(vm, sensor, 'BOTH');
  const former = await sensor.ofport();
  await scene.on.vsctl('set', 'Interface', sensor.portName, 'ofport_request=400');
  await eventually(async () => (await sensor.ofport()) === 400, { what: 'the port number to change' });
  const successor = await plug('successor', 9);
  await scene.on.vsctl('set', 'Interface', successor.portName, `ofport_request=${former}`);
  await eventually(async () => (await successor.ofport()) === former, { what: 'the number to be taken over' });
  const look = await watch(scene, successor);
  await untilCopied(vm, peer, sensor);
  await expectExact(vm, peer, sensor);
  expect((await look()).in(successor)).toEqual([]);
});
