import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecentDeletes } from '../../src/tap/recent-deletes.ts';

const ids = Array.from({ length: 1500 }, (_, number) => `id-${number}`);

describe('recent deletes', () => {
  test('are the same list when nothing has changed', () => {
    const before = ids.slice(0, 3);
    const deletes = new RecentDeletes(before);
    expect([deletes.has('id-0'), deletes.has('id-7'), deletes.has('id-2')]).toEqual([true, false, true]);
    deletes.remove('id-7');
    expect(deletes.list()).toBe(before);
  });

  test('are the thousand last', () => {
    const deletes = new RecentDeletes([]);
    for (const id of ids) deletes.add(id);
    expect(deletes.list()).toEqual(ids.slice(500));
  });

  test('are what a plain list would be, whatever is asked and done in whatever order', () => {
    const id = fc.constantFrom(...ids.slice(0, 6));
    const step = fc.tuple(fc.constantFrom('has', 'add', 'remove'), id);
    fc.assert(
      fc.property(fc.uniqueArray(id), fc.array(step), (before, steps) => {
        const deletes = new RecentDeletes(before);
        let model: readonly string[] = before;
        for (const [what, each] of steps) {
          if (what === 'has') expect(deletes.has(each)).toBe(model.includes(each));
          else model = model.filter((other) => other !== each);
          if (what === 'add') model = [...model, each];
          if (what === 'add') deletes.add(each);
          if (what === 'remove') deletes.remove(each);
        }
        expect(deletes.list()).toEqual(model);
      }),
    );
  });
});
