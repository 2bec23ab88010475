import type { RowChange, Step } from './step.ts';

const NOUNS: Partial<Record<RowChange['kind'], string>> = {
  'delete-mirror': 'mirror',
  'delete-port': 'port',
  'delete-bridge': 'bridge',
};

/** A sentence on what the steps of a clean-up removed. Ports of br-tap go with it and are not counted. */
export function describeRemoved(steps: readonly Step[]): string {
  const removed = steps.flatMap((step) =>
    step.kind === 'rows' ? step.changes.flatMap(({ kind }) => NOUNS[kind] ?? []) : step.mods.map(() => 'flow'),
  );
  const counted = ['mirror', 'flow', 'port', 'bridge'].flatMap((noun) => {
    const count = removed.filter((each) => each === noun).length;
    return count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];
  });
  return counted.length === 0 ? 'nothing of ours was on the switch' : `removed from the switch: ${counted.join(', ')}`;
}
