import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { NextTurn } from '../../src/pacing/next-turn.ts';

test('values are handed on in the next turn, in their order; those that come meanwhile in the turn after', async () => {
  const taken: number[] = [];
  const turn: NextTurn<number> = new NextTurn((value) => {
    taken.push(value);
    if (value === 1) turn.add(4);
  });
  for (const value of [1, 2, 3]) turn.add(value);
  await Promise.resolve();
  expect(taken).toEqual([]);
  await nextTurn();
  expect(taken).toEqual([1, 2, 3]);
  await nextTurn();
  expect(taken).toEqual([1, 2, 3, 4]);
});
