import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import type { Scene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Vm } from '../support/vm.ts';

/** What a scene has of use here; a test may also have it from elsewhere. */
type Stage = Pick<Scene, 'capture' | 'settle'>;

let last = 0;

/** So many frames that were never sent before, to everybody unless told. */
export function freshFrames(from: Vm, count: number, to = BROADCAST): readonly Buffer[] {
  return Array.from({ length: count }, () => {
    last += 1;
    return ethernet({ src: from.mac, dst: to }, { etherType: 0x88b5, bytes: numbered('fresh', last) });
  });
}

/** Has frames sent from a VM and answers what came to others meanwhile, each with its frames. */
export async function receivedWhile(scene: Stage, vms: readonly Vm[], send: () => Promise<unknown>) {
  const captures = await Promise.all(vms.map((vm) => scene.capture(vm, { direction: 'in' })));
  await send();
  await scene.settle();
  return await Promise.all(captures.map((one) => one.stop()));
}

/** How the sensor's copies differ from what the source sends now; an empty text when each frame is copied once. */
export async function outDifference(scene: Stage, source: Vm, sensor: Vm, count = 20): Promise<string> {
  const sent = freshFrames(source, count);
  const [copies = []] = await receivedWhile(scene, [sensor], () => sendFrames(source, sent));
  return compareFrames(copies, sent);
}
