import { readCookie } from '../compile/cookie.ts';
import type { Step } from './step.ts';

/** Numbers of the services that, with these steps, copies from other hosts are delivered to for the first time. */
export function arrivedServices(steps: readonly Step[]): readonly number[] {
  const mods = steps.flatMap((step) => (step.kind === 'flows' && step.bridge === 'tap' ? step.mods : []));
  return mods.flatMap(({ command, flow }) => {
    const read = command === 'ADD' ? readCookie(flow.cookie) : undefined;
    return read?.stage === 'arrive' ? [read.value] : [];
  });
}
