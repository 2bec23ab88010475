import type { Capture } from '../support/capture.ts';
import type { Scene } from '../support/scene.ts';
import type { Vm } from '../support/vm.ts';

/** Everything that some VMs have sent and received since the watch began. */
export interface Seen {
  /** Frames that the VM received. */
  in(vm: Vm): readonly Buffer[];
  /** Frames that left the VM. */
  out(vm: Vm): readonly Buffer[];
}

type Way = 'in' | 'out';

async function readAll(captures: ReadonlyMap<string, Capture>): Promise<ReadonlyMap<string, readonly Buffer[]>> {
  const read = async ([key, each]: readonly [string, Capture]) => [key, await each.frames()] as const;
  return new Map(await Promise.all([...captures].map(read)));
}

function counts(read: ReadonlyMap<string, readonly Buffer[]>): string {
  return [...read].map(([key, frames]) => `${key} ${frames.length}`).join();
}

/**
 * Begins to capture at VMs, and answers how to see what they have got, once all switches have dealt with all that was sent.
 * A kernel may speak by itself while the captures are read one after another: they are read until nothing is new.
 */
export async function watch(
  scene: Pick<Scene, 'capture' | 'settle'>,
  ...vms: readonly Vm[]
): Promise<() => Promise<Seen>> {
  const start = async (vm: Vm, direction: Way) =>
    [`${vm.portId} ${direction}`, await scene.capture(vm, { direction })] as const;
  const captures = new Map(await Promise.all(vms.flatMap((vm) => [start(vm, 'in'), start(vm, 'out')])));
  return async () => {
    let before = '';
    for (;;) {
      await scene.settle();
      const read = await readAll(captures);
      const now = counts(read);
      const of = (vm: Vm, way: Way) => {
        const frames = read.get(`${vm.portId} ${way}`);
        if (!frames) throw new Error(`${vm.name} is not watched`);
        return frames;
      };
      if (now === before) return { in: (vm) => of(vm, 'in'), out: (vm) => of(vm, 'out') };
      before = now;
    }
  };
}
