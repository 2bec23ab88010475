import { expect, test } from 'vitest';
import { Chance } from './chance.ts';

const throws = (chance: Chance) => Array.from({ length: 1000 }, () => chance.next());

test('the same seed gives the same numbers, another one others', () => {
  expect(throws(new Chance(7))).toEqual(throws(new Chance(7)));
  expect(throws(new Chance(8))).not.toEqual(throws(new Chance(7)));
});

test('numbers are spread over what was asked for', () => {
  const chance = new Chance(7);
  expect(throws(chance).every((number) => number >= 0 && number < 1)).toBe(true);
  const counts = new Map<number, number>();
  for (let n = 0; n < 6000; n += 1) {
    const face = chance.below(6);
    counts.set(face, (counts.get(face) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
});

test('of none there is none to pick', () => {
  expect(new Chance(7).maybe([])).toBe(undefined);
  expect(() => new Chance(7).pick([])).toThrow('nothing to pick from');
});
