import { bareStepsTable, burstTable, cpuTable, floorTable, oneByOneTable } from './create-tables.ts';
import { ms, table } from './markdown.ts';
import type { Surroundings } from './measure-surroundings.ts';
import type { Results } from './results.ts';

function createSection({ create }: Results): readonly string[] {
  if (create.length === 0) return [];
  return [
    '## Creating and deleting taps',
    '### One after another',
    oneByOneTable(create),
    '### All at once',
    burstTable(create),
    '### What the switch itself needs',
    floorTable(create),
    bareStepsTable(create),
    '### Whose time it is',
    cpuTable(create),
  ];
}

function surroundingsTable({ delivered, confirmed, synced }: Surroundings): string {
  const row = (what: string, { median, p95, least }: Surroundings['synced']) => [what, ms(median), ms(p95), ms(least)];
  return table(
    ['', 'median', '95 %', 'fastest'],
    [
      row('a message through the broker', delivered),
      row("the broker's confirm", confirmed),
      row('write and fsync', synced),
    ],
  );
}

function surroundingsSection({ surroundings }: Results): readonly string[] {
  return surroundings ? ['## What bus and disk need', surroundingsTable(surroundings)] : [];
}

function machineSection({ machine, date, minutes, busy }: Results): readonly string[] {
  const share = (value: number) => `${Math.round(value * 100)} %`;
  const rows = [
    ['date', date.toISOString().slice(0, 10)],
    ...Object.entries(machine),
    ['the run', `${Math.round(minutes)} minutes; the machine was otherwise busy to ${busy.map(share).join(', ')}`],
  ];
  return ['## Machine', table(['', ''], rows)];
}

/** The sections of what was measured, in Markdown. */
export function describeResults(results: Results): string {
  const sections = [machineSection, createSection, surroundingsSection];
  return `${sections.flatMap((section) => section(results)).join('\n\n')}\n`;
}
