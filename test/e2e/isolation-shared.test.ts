import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { everyFrameOnceBeside, setStage } from '../chaos/stage.ts';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered, type VlanTag } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Vm } from '../support/vm.ts';
import { churn, plugOthers } from './churn.ts';
import { watch } from './watch.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ settings: { mirrors: { max_in: 1, max_out: 1 } } });
});
afterEach(() => scene.reset());
afterAll(() => scene?.stop());

/** Frames to everybody and to some, tagged or not. */
function frames(from: Vm, tos: readonly Vm[], ...tags: readonly VlanTag[]): readonly Buffer[] {
  return [BROADCAST, ...tos.map(({ mac }) => mac)].map((dst, index) => {
    const label = `${from.name} ${tags.map(({ vid }) => vid)}`;
    return ethernet(
      { src: from.mac, dst, tags },
      ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(9, 9, numbered(label, index))),
    );
  });
}

test('a trunk port and access ports of its networks share the only mirror: each sensor gets its own', async () => {
  const five = await scene.vm({ name: 'five', tag: 5 });
  const six = await scene.vm({ name: 'six', tag: 6 });
  const trunk = await scene.vm({ name: 'trunk', vlan: { mode: 'trunk' } });
  const untapped = await scene.vm({ name: 'untapped', tag: 5 });
  const tapped = [five, six, trunk];
  const sensors: Vm[] = [];
  for (const [index, vm] of tapped.entries()) {
    const sensor = await scene.vm({ name: `sensor-${index}`, tag: 90 + index });
    sensors.push(sensor);
    await scene.tap(vm, sensor, 'BOTH');
  }
  const talk = async () => {
    await sendFrames(five, frames(five, [trunk, untapped]));
    await sendFrames(six, frames(six, [trunk]));
    await sendFrames(untapped, frames(untapped, [five, trunk]));
    await sendFrames(trunk, frames(trunk, []));
    await sendFrames(trunk, frames(trunk, [five, untapped], { vid: 5 }));
    await sendFrames(trunk, frames(trunk, [six], { vid: 6 }));
    await sendFrames(trunk, frames(trunk, [], { vid: 7 }, { vid: 5 }));
  };
  // The switch learns who is where in each network: copies of frames that are flooded to an unknown address are not promised.
  for (const vm of [five, six, untapped]) await sendFrames(vm, frames(vm, []));
  for (const tags of [[], [{ vid: 5 }], [{ vid: 6 }]]) await sendFrames(trunk, frames(trunk, [], ...tags));
  const look = await watch(scene, ...tapped, ...sensors);
  await talk();
  const seen = await look();
  for (const [index, vm] of tapped.entries()) {
    const sensor = sensors[index] ?? vm;
    expect(compareFrames(seen.in(sensor), [...seen.in(vm), ...seen.out(vm)])).toBe('');
    expect(seen.in(vm).length).toBeGreaterThan(1);
  }
});

test('other taps that come to share the only mirror with a port, and go, lose and double no frame of it', async () => {
  const stage = await setStage(scene);
  const others = await plugOthers(scene);
  await everyFrameOnceBeside(scene, stage, () => churn(scene, others, 6), 3000);
});
