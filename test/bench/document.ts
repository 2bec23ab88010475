import { bareStepsTable, burstTable, cpuTable, floorTable, oneByOneTable } from './create-tables.ts';
import { othersTable, repairTable, restTable, startTable, stepsTable, surroundingsTable } from './host-tables.ts';
import { table } from './markdown.ts';
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

/** The sections that have one table each, for the parts that were measured. */
function tableSections({ surroundings, steps, start, rest, others, repair }: Results): readonly string[] {
  return [
    ...(steps ? [`### Where the time of a create goes, with ${steps.ports} ports`, stepsTable(steps)] : []),
    ...(surroundings ? ['## What bus and disk need', surroundingsTable(surroundings)] : []),
    ...(start ? [`## Start, with ${start.ports} ports`, startTable(start)] : []),
    ...(rest ? [`## At rest, with ${rest.ports} ports`, restTable(rest)] : []),
    ...(others ? ['## Messages for other hosts', othersTable(others)] : []),
    ...(repair ? [`## Repair, with ${repair.ports} ports`, repairTable(repair)] : []),
  ];
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
  const sections = [machineSection, createSection, tableSections];
  return `${sections.flatMap((section) => section(results)).join('\n\n')}\n`;
}
