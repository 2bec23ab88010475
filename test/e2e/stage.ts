import { expect } from 'vitest';
import type { Capture } from '../support/capture.ts';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import type { Scene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import type { Vm } from '../support/vm.ts';

const BURST = 500;
const BURSTS = 6;
/** Paced, so that a burst lasts a while and what is done beside it falls into it. */
const GAP_MICROS = 300;

const frame = (from: Vm, dst: string, number: number) =>
  ethernet({ src: from.mac, dst }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(9, 9, numbered(from.name, number))));

/** Two VMs of one network under load: copies of what one sends go to a sensor, copies of what the other gets to another. */
export class Stage {
  readonly #scene: Scene;
  readonly #vm: Vm;
  readonly #peer: Vm;
  /** At both sensors and at the peer: each must get all that is sent. */
  readonly #captures: readonly Capture[];
  readonly #sent: Buffer[] = [];

  private constructor(scene: Scene, vm: Vm, peer: Vm, captures: readonly Capture[]) {
    this.#scene = scene;
    this.#vm = vm;
    this.#peer = peer;
    this.#captures = captures;
  }

  static async set(scene: Scene): Promise<Stage> {
    const [vm, peer] = [await scene.vm({ name: 'vm', tag: 5 }), await scene.vm({ name: 'peer', tag: 5 })];
    const [outSensor, inSensor] = [await scene.vm({ name: 'out', tag: 8 }), await scene.vm({ name: 'in', tag: 9 })];
    await scene.tap(vm, outSensor, 'OUT');
    await scene.tap(peer, inSensor, 'IN');
    // From here on the switch knows where they are, and floods nothing of theirs.
    for (const each of [vm, peer]) await sendFrames(each, [frame(each, BROADCAST, 0)]);
    await settle(scene.on);
    const captures = [outSensor, inSensor, peer].map((each) => scene.capture(each, { direction: 'in' }));
    return new Stage(scene, vm, peer, await Promise.all(captures));
  }

  /** Sends bursts, unicast and broadcast in turn, for as long as something is being done, and at least 3,000 frames. */
  async streamBeside(doing: Promise<unknown>): Promise<void> {
    let busy = true;
    const done = doing.finally(() => {
      busy = false;
    });
    const outcomes = await Promise.allSettled([this.#stream(() => busy), done]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #stream(goesOn: () => boolean): Promise<void> {
    for (let burst = 0; burst < BURSTS || goesOn(); burst += 1) {
      const first = this.#sent.length;
      const frames = Array.from({ length: BURST }, (_, index) =>
        frame(this.#vm, index % 2 === 0 ? this.#peer.mac : BROADCAST, first + index),
      );
      this.#sent.push(...frames);
      await sendFrames(this.#vm, frames, { gapMicros: GAP_MICROS });
    }
  }

  async expectEveryFrameOnce(): Promise<void> {
    await settle(this.#scene.on);
    for (const each of this.#captures) expect(compareFrames(await each.frames(), this.#sent)).toBe('');
  }
}
