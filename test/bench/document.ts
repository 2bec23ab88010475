import { aimsTable } from './aims.ts';
import { bareStepsTable, burstTable, cpuTable, floorTable, oneByOneTable } from './create-tables.ts';
import { fleetForecast } from './fleet-forecast.ts';
import { fleetBurstTable, fleetCpuTable, fleetRestTable, fleetSeriesTable } from './fleet-tables.ts';
import { othersTable, repairTable, restTable, startTable, stepsTable, surroundingsTable } from './host-tables.ts';
import { count, table } from './markdown.ts';
import { METHOD } from './method.ts';
import type { Results } from './results.ts';

/** From this share of the machine on that others keep busy, the figures are about them, too. */
const BUSY = 0.15;

function machineSection({ machine, date, minutes, busy }: Results): readonly string[] {
  const percent = (value: number) => `${Math.round(value * 100)} %`;
  const most = Math.max(0, ...busy);
  const rows = [
    ['date', date.toISOString().slice(0, 10)],
    ...Object.entries(machine),
    ['the run', `${Math.max(1, Math.round(minutes))} min`],
    ['machine busy before each part', busy.map(percent).join(', ')],
  ];
  const warning = `**Others used this machine during the run, up to ${percent(most)} of it: a quiet one gives better figures.**`;
  return ['## Machine', table(['', ''], rows), ...(most > BUSY ? [warning] : [])];
}

function aimsSection(results: Results): readonly string[] {
  const aims = aimsTable(results);
  return aims === '' ? [] : ['## In short', aims];
}

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

function fleetSection({ fleet, machine }: Results): readonly string[] {
  if (!fleet) return [];
  const { hosts, ports, taps, across, large } = fleet;
  return [
    `## A fleet of ${hosts} hosts`,
    `${hosts} agents, each with an Open vSwitch of ${ports} ports, and one RabbitMQ; ${count(across)} of the ${count(taps)} tap flows have their sensor on another host. ` +
      `All of that is on one machine (${machine.machine}), so its times are those of its cores: where *cores* comes to all that there are, the agents wait for each other, ` +
      'while on hypervisors each has cores of its own. What counts beyond this machine is the core time.',
    fleetBurstTable(fleet),
    fleetCpuTable(fleet),
    fleetSeriesTable(fleet),
    fleetRestTable(fleet),
    `### What ${count(large.hosts)} hosts come to`,
    fleetForecast(fleet),
  ];
}

/** The tables of what was measured, in Markdown. */
export function describeResults(results: Results): string {
  const sections = [aimsSection, createSection, tableSections, fleetSection, machineSection];
  return `${sections.flatMap((section) => section(results)).join('\n\n')}\n`;
}

/** The whole document. */
export function performanceDocument(results: Results): string {
  const head = '# Performance\n\nWritten by `npm run bench`: what is changed here by hand is lost with the next run.';
  return `${head}\n\n${describeResults(results)}\n${METHOD}`;
}
