import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eachOf } from './each-of.ts';

const PAUSE_MS = 1;

test('so many go on at once, and the answers are in order', async () => {
  let now = 0;
  let most = 0;
  const results = await eachOf([5, 1, 3, 2, 4], 2, async (item, index) => {
    now += 1;
    most = Math.max(most, now);
    await delay(item * PAUSE_MS);
    now -= 1;
    return `${index}: ${item}`;
  });
  expect(results).toEqual(['0: 5', '1: 1', '2: 3', '3: 2', '4: 4']);
  expect(most).toBe(2);
});

test('after a failure no more are begun, and those that go on come to their end before it is thrown', async () => {
  const began: number[] = [];
  const ended: number[] = [];
  const work = async (item: number) => {
    began.push(item);
    if (item === 2) throw new Error('two');
    await delay(20 * PAUSE_MS);
    ended.push(item);
  };
  await expect(eachOf([1, 2, 3, 4], 2, work)).rejects.toThrow('two');
  expect(began).toEqual([1, 2]);
  expect(ended).toEqual([1]);
});
