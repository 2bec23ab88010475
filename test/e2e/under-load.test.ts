import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import type { Vm } from '../support/vm.ts';

/** Frames of one stream; it lasts some seconds, in which the taps come and go. */
const FRAMES = 3000;
const GAP_MICROS = 1000;

const stream = (from: Vm) =>
  Array.from({ length: FRAMES }, (_, number) =>
    ethernet({ src: from.mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered('stream', number) }),
  );

describe('with traffic under way, that the datapath has cached flows for', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene();
  });
  afterAll(() => scene.stop());
  afterEach(() => scene.reset());

  async function hosts() {
    const source = await scene.vm({ name: 'source', tag: 5 });
    await scene.vm({ name: 'neighbour', tag: 5 });
    const sensor = await scene.vm({ name: 'sensor', tag: 6 });
    return { source, sensor };
  }

  test('every frame after ACTIVE is copied', async () => {
    const { source, sensor } = await hosts();
    const sent = await scene.capture(source, { direction: 'out' });
    const copies = await scene.capture(sensor, { direction: 'in' });
    const sending = sendFrames(source, stream(source), { gapMicros: GAP_MICROS });
    await sent.waitForFrames(100);
    await scene.tap(source, sensor, 'OUT');
    const beforeActive = (await sent.frames()).length;
    await sending;
    await settle(scene.on);
    const all = await sent.stop();
    expect(beforeActive).toBeLessThan(FRAMES);
    const due = all.slice(beforeActive);
    expect((await copies.stop()).slice(-due.length)).toEqual(due);
  });

  test('no frame after INACTIVE is copied', async () => {
    const { source, sensor } = await hosts();
    const flow = await scene.tap(source, sensor, 'OUT');
    const sent = await scene.capture(source, { direction: 'out' });
    const copies = await scene.capture(sensor, { direction: 'in' });
    const sending = sendFrames(source, stream(source), { gapMicros: GAP_MICROS });
    await copies.waitForFrames(100);
    await scene.untap(flow);
    const beforeInactive = await sent.frames();
    await sending;
    await settle(scene.on);
    expect(beforeInactive.length).toBeLessThan(FRAMES);
    const copied = await copies.stop();
    expect(copied).toEqual(beforeInactive.slice(0, copied.length));
  });
});
