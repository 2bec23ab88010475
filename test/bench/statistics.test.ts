import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { median, percentile, summarize } from './statistics.ts';

const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('the median', () => {
  test.each([
    { given: [7], middle: 7 },
    { given: [9, 1, 5], middle: 5 },
    { given: [10, 2, 9, 1], middle: 5.5 },
  ])('of $given is $middle', ({ given, middle }) => {
    expect(median(given)).toBe(middle);
  });

  test('has as many values below as above', () => {
    fc.assert(
      fc.property(values, (given) => {
        const middle = median(given);
        const below = given.filter((value) => value < middle).length;
        const above = given.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(given.length / 2);
      }),
    );
  });
});

describe('a percentile', () => {
  test('is the nearest rank: 19 of 20 values are not above the 95th', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => index + 1).reverse();
    expect(percentile(twenty, 0.95)).toBe(19);
    expect(percentile([...twenty, 21], 0.95)).toBe(20);
  });

  test('is a value that was measured, and no smaller one will do', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
        const value = percentile(given, share);
        const within = (limit: number) => given.filter((each) => each <= limit).length;
        expect(given).toContain(value);
        expect(within(value)).toBeGreaterThanOrEqual(share * given.length);
        const smaller = given.filter((each) => each < value);
        if (smaller.length > 0) expect(within(Math.max(...smaller))).toBeLessThan(share * given.length);
      }),
    );
  });
});

test('a summary holds them, sorts numbers as numbers, and leaves what it was given', () => {
  const given = [100, 20, 3];
  expect(summarize(given)).toEqual({ count: 3, median: 20, p95: 100, least: 3 });
  expect(given).toEqual([100, 20, 3]);
});

test('of nothing there is no summary', () => {
  expect(() => summarize([])).toThrow(RangeError);
  expect(() => percentile([], 0)).toThrow('nothing was measured');
});
