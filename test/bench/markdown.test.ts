import { expect, test } from 'vitest';
import { count, figure, ms, ratio, table } from './markdown.ts';

test('a table has its figures to the right, and a cell that is missing is empty', () => {
  const text = table(['', 'median'], [['30 ports', '4.00 ms'], ['300'], ['1,000', '12.5 ms']]);
  expect(text.split('\n')).toEqual([
    '|          |  median |',
    '| -------- | ------: |',
    '| 30 ports | 4.00 ms |',
    '| 300      |         |',
    '| 1,000    | 12.5 ms |',
  ]);
});

test('a column is wide enough for its rule', () => {
  expect(table(['', 'a'], [])).toBe('|     |   a |\n| --- | --: |');
});

test.each([
  { value: 0, text: '0.00' },
  { value: 0.456, text: '0.46' },
  { value: 9.99, text: '9.99' },
  { value: 9.999, text: '10.0' },
  { value: 12.34, text: '12.3' },
  { value: 99.96, text: '100' },
  { value: 123.4, text: '123' },
  { value: 1234.5, text: '1,235' },
  { value: 1234567, text: '1,234,567' },
])('$value has three digits that count: $text', ({ value, text }) => {
  expect(figure(value)).toBe(text);
});

test('milliseconds become seconds when they are many', () => {
  expect([ms(3.456), ms(9_999), ms(10_000), ms(17_240)]).toEqual(['3.46 ms', '9,999 ms', '10.0 s', '17.2 s']);
});

test('counts are whole, ratios are times', () => {
  expect([count(5), count(999), count(5000), ratio(9, 4)]).toEqual(['5', '999', '5,000', '2.25×']);
});
