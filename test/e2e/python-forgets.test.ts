import { afterAll, beforeAll, expect, test } from 'vitest';
import { capture } from '../support/capture.ts';
import { compareFrames } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { sendFrames, streamFrames } from '../support/send-frames.ts';
import type { Crossing } from '../support/underlay-capture.ts';
import type { Vm } from '../support/vm.ts';
import { BesidePython, type Tapped } from './beside-python.ts';
import { freshFrames } from './copied.ts';
import { settleAll, watchWhile } from './crossing.ts';

let stage: BesidePython;

beforeAll(async () => {
  stage = await BesidePython.start('vxlan', ['first', 'first']);
});
afterAll(() => stage?.stop());

/** The Python agent keeps a place for 60 s. */
async function hasLearnt({ taasId }: Tapped): Promise<void> {
  const key = `load:0x${taasId.toString(16)}->NXM_NX_TUN_ID[0..11]`;
  const learnt = async () => {
    const flows = await stage.python.learnt();
    return flows.length === 1 && flows[0]?.includes(key) && flows[0].includes('hard_timeout=60');
  };
  await eventually(learnt, { what: 'the Python agent to learn where the sensor is' });
}

/** The frames of a tap that crossed from one host to another with a VID. */
function crossed(
  crossings: readonly Crossing[],
  { taasId }: Tapped,
  { from, to }: Pick<Tapped, 'from' | 'to'>,
  vid: number,
) {
  const found = crossings.filter(
    (each) => each.tunnelKey === taasId && each.from === from.address && each.to === to.address && each.vid === vid,
  );
  return found.map(({ frame }) => frame);
}

/** Of a tap whose source is at the Python agent. */
function wireOf(crossings: readonly Crossing[], tapped: Tapped) {
  const { from, to, other } = tapped;
  return {
    flooded: crossed(crossings, tapped, { from, to }, 1),
    floodedElsewhere: crossed(crossings, tapped, { from, to: other }, 1),
    answers: crossed(crossings, tapped, { from: to, to: from }, 2),
    unicast: crossed(crossings, tapped, { from, to }, 0),
    count: crossings.filter(({ tunnelKey }) => tunnelKey === tapped.taasId).length,
  };
}

test('whenever it has forgotten where our sensor is, its first copy is answered, and the others come here alone', async () => {
  const tapped = await stage.tap('python', 'first', 'OUT');
  const { source, sensor } = tapped;
  const [openers, others] = [freshFrames(source, 3), freshFrames(source, 15)];
  const send = async (frames: readonly Buffer[]) => {
    await sendFrames(source, frames);
    await settleAll(stage.joined);
  };
  const { crossings, received } = await watchWhile(stage.joined, [sensor], async () => {
    for (const [index, opener] of openers.entries()) {
      await send([opener]);
      await hasLearnt(tapped);
      await send(others.slice(5 * index, 5 * index + 5));
      await stage.python.forget();
    }
  });
  expect(compareFrames(received[0] ?? [], [...openers, ...others])).toBe('');
  const wire = wireOf(crossings, tapped);
  for (const frames of [wire.flooded, wire.floodedElsewhere, wire.answers]) expect(frames).toEqual(openers);
  expect(wire.unicast).toEqual(others);
  expect(wire.count).toBe(9 + others.length);
  await tapped.remove();
});

test('no copy is lost or doubled when it forgets under traffic', async () => {
  const tapped = await stage.tap('python', 'first', 'OUT');
  const { source, sensor } = tapped;
  const sent = await capture(source, { direction: 'out' });
  const { crossings, received } = await watchWhile(stage.joined, [sensor], async () => {
    const stream = streamFrames(source, () => freshFrame(source), { gapMicros: 1000 });
    for (let times = 0; times < 4; times += 1) {
      await hasLearnt(tapped);
      await stage.python.forget();
    }
    await stream.stop();
  });
  const frames = await sent.stop();
  expect(compareFrames(received[0] ?? [], frames)).toBe('');
  const wire = wireOf(crossings, tapped);
  expect(compareFrames([...wire.flooded, ...wire.unicast], frames)).toBe('');
  expect(compareFrames(wire.answers, wire.flooded)).toBe('');
  expect(compareFrames(wire.floodedElsewhere, wire.flooded)).toBe('');
  expect(wire.count).toBe(frames.length + 2 * wire.flooded.length);
  await tapped.remove();
});

function freshFrame(vm: Vm): Buffer {
  const [frame] = freshFrames(vm, 1);
  if (!frame) throw new Error('unreachable');
  return frame;
}
