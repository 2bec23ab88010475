import { describe, expect, test } from 'vitest';
import { aimsTable } from './aims.ts';
import { describeResults, performanceDocument } from './document.ts';
import { createFigures, memory, sampleResults } from './sample-results.ts';

/** The cells of the row of a table that begins so, without the first. */
function row(text: string, name: string): readonly string[] {
  const found = text.split('\n').filter((line) => line.startsWith(`| ${name} `));
  expect(found).toHaveLength(1);
  return (found[0] ?? '')
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

const headings = (text: string) => text.split('\n').filter((line) => line.startsWith('#'));

describe('the aims', () => {
  const all = aimsTable(sampleResults);

  test('stand beside what the Python agent needed and what was measured', () => {
    expect(row(all, 'create to ACTIVE, median, 30 ports')).toEqual(['56 ms', 'under 4 ms', '3.50 ms', 'yes']);
    expect(row(all, 'delete to INACTIVE, median, 30 ports')).toEqual(['19 ms', '', '1.75 ms', '']);
    expect(row(all, 'create and delete, beside what the switch needs, 30 ports')).toEqual([
      '',
      '2× at most',
      '1.31×',
      'yes',
    ]);
    expect(row(all, '300 creates at once, 30 ports')).toEqual(['17.2 s', 'under 0.2 s', '150 ms', 'yes']);
    expect(row(all, 'resident memory, no taps')).toEqual(['181 MB', '', '80.0 MB', '']);
    expect(row(all, 'resident memory, 5,000 taps known')).toEqual(['', 'under 100 MB', '95.0 MB', 'yes']);
    expect(row(all, 'processor at rest, the most of all cases')).toEqual([
      '',
      'under 0.5 % of a core',
      '0.20 %',
      'yes',
    ]);
  });

  test('that are missed are said to be', () => {
    expect(row(all, 'create and delete, beside what the switch needs, 300 ports')).toEqual([
      '',
      '2× at most',
      '2.68×',
      'no',
    ]);
    expect(row(all, '300 creates at once, 300 ports')).toEqual(['17.2 s', 'under 0.2 s', '250 ms', 'no']);
    const slow = aimsTable({ ...sampleResults, create: [createFigures(30, { create: 4, floor: 2, burst: 200 })] });
    expect(row(slow, 'create to ACTIVE, median, 30 ports').at(-1)).toBe('no');
    expect(row(slow, '300 creates at once, 30 ports').at(-1)).toBe('no');
    const rests = [{ state: 'no taps', cpu: 0.5, memory: memory(100) }];
    const heavy = aimsTable({ ...sampleResults, rest: { ports: 300, known: 5000, node: memory(45), rests } });
    expect(row(heavy, 'resident memory, 5,000 taps known').at(-1)).toBe('no');
    expect(row(heavy, 'processor at rest, the most of all cases').at(-1)).toBe('no');
  });

  test('are of 30 ports, where the time itself is one', () => {
    expect(all).not.toContain('median, 300 ports');
  });
});

describe('the document', () => {
  const text = performanceDocument(sampleResults);

  test('has every section, and says where it comes from and how to measure again', () => {
    expect(headings(text)).toEqual([
      '# Performance',
      '## In short',
      '## Creating and deleting taps',
      '### One after another',
      '### All at once',
      '### What the switch itself needs',
      '### Whose time it is',
      '### Where the time of a create goes, with 300 ports',
      '## What bus and disk need',
      '## Start, with 300 ports',
      '## At rest, with 300 ports',
      '## Messages for other hosts',
      '## Repair, with 300 ports',
      '## A fleet of 5 hosts',
      '### What 1,000 hosts come to',
      '## Machine',
      '## Method',
      '## Measure again',
    ]);
    expect(text).toContain('Written by `npm run bench`');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('has every figure beside its floor', () => {
    expect(row(text, '300 ports, 0 taps there')).toEqual([
      '25.0 ms',
      '50.0 ms',
      '12.5 ms',
      '12.5 ms',
      '25.0 ms',
      '6.25 ms',
    ]);
    expect(row(text, '300 ports, create')).toEqual(['25.0 ms', '7.00 ms', '3.57×', '1 + 2']);
    expect(row(text, '300 ports, both')).toEqual(['37.5 ms', '14.0 ms', '2.68×', '']);
    expect(row(text, '300 ports, 300 taps')).toEqual([
      ...['250 ms', '20.0 ms', '12.5×', '1 + 2', '1,200/s'],
      ...['125 ms', '10.0 ms', '12.5×', '1 + 2'],
    ]);
    expect(row(text, '300 taps, 907 flows')).toEqual(['30.0 ms', '60.0 ms', '15.0 ms', '15.0 ms', '2.00×']);
    expect(row(text, '5,100 creates')).toEqual(['2,550 ms', '2,000/s', '1.00 ms', '4.00 ms']);
  });

  test('says when others used the machine', () => {
    expect(text).not.toContain('Others used this machine');
    expect(performanceDocument({ ...sampleResults, busy: [0.01, 0.4] })).toContain('up to 40 % of it');
  });

  test('of a part has the sections of that part', () => {
    const { repair, date, minutes, machine, busy } = sampleResults;
    const part = describeResults({ date, minutes, machine, busy, create: [], ...(repair ? { repair } : {}) });
    expect(headings(part)).toEqual(['## Repair, with 300 ports', '## Machine']);
  });
});
