import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskedVlans, parseVlanFilter } from '../../src/tap/vlan-filter.ts';
import { cases } from '../support/times.ts';

const covered = (text: string) => {
  const blocks = maskedVlans(parseVlanFilter(text) ?? []);
  return Array.from({ length: 4096 }, (_, vid) => vid).filter((vid) =>
    blocks.some(({ value, mask }) => (vid & mask) === value),
  );
};

describe('vlan_filter', () => {
  test.each([
    ['30', [{ first: 30, last: 30 }]],
    [
      '30,10-20',
      [
        { first: 10, last: 20 },
        { first: 30, last: 30 },
      ],
    ],
    ['10-20,15-25,26', [{ first: 10, last: 26 }]],
    ['0-4095', [{ first: 0, last: 4095 }]],
  ])('%s is read', (text, ranges) => {
    expect(parseVlanFilter(text)).toEqual(ranges);
  });

  test.each(['', ',', '20-10', '4096', '1-', '-1', 'a', '1,,2', ' 1', '1-2-3', '00001'])('%j is refused', (text) => {
    expect(parseVlanFilter(text)).toBeUndefined();
  });

  test('masked matches cover exactly the ranges', () => {
    const range = fc.tuple(fc.nat(4095), fc.nat(4095)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), (ranges) => {
        const text = ranges.map(([first, last]) => `${first}-${last}`).join(',');
        const wanted = Array.from({ length: 4096 }, (_, vid) => vid).filter((vid) =>
          ranges.some(([first, last]) => first <= vid && vid <= last),
        );
        expect(covered(text)).toEqual(wanted);
      }),
      { numRuns: cases(200) },
    );
  });

  test('every id is one match without a bit of the id', () => {
    expect(maskedVlans([{ first: 0, last: 4095 }])).toEqual([{ value: 0, mask: 0 }]);
    expect(maskedVlans([{ first: 10, last: 20 }]).length).toBe(4);
  });
});
