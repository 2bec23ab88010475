import { afterEach, expect, test } from 'vitest';
import type { Capture } from '../support/capture.ts';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import type { Vm } from '../support/vm.ts';

const BURST = 500;
const BURSTS = 6;
/** Paced, so that a burst lasts a while and what is done beside it falls into it. */
const GAP_MICROS = 300;

let scene: Scene | undefined;
afterEach(async () => {
  await scene?.stop();
  scene = undefined;
});

const frame = (from: Vm, dst: string, number: number) =>
  ethernet({ src: from.mac, dst }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(9, 9, numbered(from.name, number))));

/** Two VMs: copies of what `vm` sends go to one sensor, copies of what `peer` gets from it to another. */
interface Stage {
  readonly on: Scene;
  readonly vm: Vm;
  readonly peer: Vm;
  /** Numbers frames over all streams. */
  sent: Buffer[];
  /** At both sensors and at the peer: each must get all that was sent. */
  readonly captures: readonly Capture[];
}

async function setStage(on: Scene): Promise<Stage> {
  const [vm, peer] = [await on.vm({ name: 'vm', tag: 5 }), await on.vm({ name: 'peer', tag: 5 })];
  const [outSensor, inSensor] = [await on.vm({ name: 'out', tag: 8 }), await on.vm({ name: 'in', tag: 9 })];
  await on.tap(vm, outSensor, 'OUT');
  await on.tap(peer, inSensor, 'IN');
  // From here on the switch knows where they are, and floods nothing of theirs.
  for (const each of [vm, peer]) await sendFrames(each, [frame(each, BROADCAST, 0)]);
  await settle(on.on);
  const captures = [outSensor, inSensor, peer].map((each) => on.capture(each, { direction: 'in' }));
  return { on, vm, peer, sent: [], captures: await Promise.all(captures) };
}

/** Sends bursts, unicast and broadcast in turn, as long as something is being done, and at least some thousand frames. */
async function streamBeside(stage: Stage, doing: Promise<unknown>): Promise<void> {
  const { vm, peer } = stage;
  let busy = true;
  const done = doing.finally(() => {
    busy = false;
  });
  // It is awaited below; until then a failure of it is not an unhandled one.
  done.catch(() => undefined);
  for (let burst = 0; burst < BURSTS || busy; burst += 1) {
    const first = stage.sent.length;
    const frames = Array.from({ length: BURST }, (_, index) =>
      frame(vm, index % 2 === 0 ? peer.mac : BROADCAST, first + index),
    );
    stage.sent.push(...frames);
    await sendFrames(vm, frames, { gapMicros: GAP_MICROS });
  }
  await done;
}

async function expectEveryFrameOnce({ on, sent, captures }: Stage): Promise<void> {
  await settle(on.on);
  for (const each of captures) expect(compareFrames(await each.frames(), sent)).toBe('');
}

/** Taps other ports of the same network and of others, all directions, and deletes the taps again. */
async function churn(on: Scene, others: readonly Vm[], sensor: Vm, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const flows = [];
    for (const other of others) flows.push(await on.tap(other, sensor, round % 2 === 0 ? 'BOTH' : 'OUT'));
    for (const flow of round % 3 === 0 ? flows : flows.reverse()) await on.untap(flow);
  }
}

async function plugOthers(on: Scene): Promise<readonly Vm[]> {
  const same = [await on.vm({ name: 'same-1', tag: 5 }), await on.vm({ name: 'same-2', tag: 5 })];
  return [...same, await on.vm({ name: 'elsewhere', tag: 6 }), await on.vm({ name: 'trunk', vlan: { mode: 'trunk' } })];
}

test('stopping, killing and starting the agent loses and doubles no frame', async () => {
  scene = await startScene();
  const stage = await setStage(scene);
  const { agent } = scene;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await streamBeside(
      stage,
      agent.stop(signal).then(() => agent.start()),
    );
    // It has compared, and found nothing to correct.
    expect(agent.log().filter(({ msg }) => msg === 'step confirmed')).toEqual([]);
  }
  await expectEveryFrameOnce(stage);
});

test('other taps that come and go lose and double no frame', async () => {
  scene = await startScene();
  const stage = await setStage(scene);
  const others = await plugOthers(scene);
  const sensor = await scene.vm({ name: 'other-sensor', tag: 10 });
  await streamBeside(stage, churn(scene, others, sensor, 6));
  await expectEveryFrameOnce(stage);
});

test('other taps that come to share the only mirror with a port, and go, lose and double no frame of it', async () => {
  scene = await startScene({ settings: { mirrors: { max_in: 1, max_out: 1 } } });
  const stage = await setStage(scene);
  const [one, other, elsewhere] = await plugOthers(scene);
  const sensor = await scene.vm({ name: 'other-sensor', tag: 10 });
  if (!one || !other || !elsewhere) throw new Error('no others');
  await streamBeside(stage, churn(scene, [one, other, elsewhere], sensor, 6));
  await expectEveryFrameOnce(stage);
});
