import type { FleetFigures, FleetRest, FleetSeries, Span } from './fleet-figures.ts';
import { count, figure, ms, table } from './markdown.ts';

const megabytes = (value: number) => `${figure(value)} MB`;
const percent = (value: number) => `${value.toFixed(2)} %`;
const perSecond = (messages: number, milliseconds: number) => `${count(messages / (milliseconds / 1000))}/s`;
const both = ({ median, most }: Span, text: (value: number) => string) => [text(median), text(most)];

/** How long the fleet takes for all of its taps at once, and what goes through the broker meanwhile. */
export function fleetBurstTable({ services, taps, burst }: FleetFigures): string {
  const { active, taken, deliveries, reports } = burst;
  const rows = [
    [`${count(services)} tap services and ${count(taps)} tap flows: all ACTIVE`, ms(active)],
    ['every agent has taken every message', ms(taken)],
    ['creates', perSecond(services + taps, active)],
    ['messages out of the broker: deliveries to agents, and reports', perSecond(deliveries + reports, taken)],
  ];
  return table(['', 'measured'], rows);
}

/** Whose core time that was. */
export function fleetCpuTable({ burst }: FleetFigures): string {
  const { cpu, deliveries, taken } = burst;
  const row = (who: string, time: number) => [who, ms(time), ms(time / deliveries), figure(time / taken)];
  const all = Object.values(cpu).reduce((sum, time) => sum + time, 0);
  const rows = Object.entries(cpu).map(([who, time]) => row(who === 'agent' ? 'agents' : who, time));
  return table(['', 'core time', 'each delivery', 'cores'], [...rows, row('all', all)]);
}

/** Creates by themselves, and what a message costs those that only hear of it. */
export function fleetSeriesTable({ hosts, services, taps, series, large }: FleetFigures): string {
  const row = (state: string, { create, others, broker }: FleetSeries) => [
    state,
    ...[create.median, create.p95, create.least].map(ms),
    ...[others.median, others.most, broker].map(ms),
  ];
  const known = services + taps;
  const rows = [
    row(`${hosts} agents on this machine, ${count(known)} known`, series),
    row(`one agent on this machine, ${count(known + large.messages)} known`, large.series),
  ];
  const cost = ['core time of an agent that hears of it: median', 'most', 'of RabbitMQ, each agent'];
  return table(['', 'create to ACTIVE: median', '95 %', 'fastest', ...cost], rows);
}

/** What an agent needs at rest. */
export function fleetRestTable({ services, taps, bare, rest, large }: FleetFigures): string {
  const row = (state: string, { cpu, resident, proportional }: FleetRest) => [
    state,
    ...both(cpu, percent),
    ...both(resident, megabytes),
    ...both(proportional, megabytes),
  ];
  const known = services + taps;
  const rows = [
    row('each agent, no taps', bare),
    row(`each agent, ${count(known)} services and flows known`, rest),
    row(`one agent, ${count(known + large.messages)} known`, large.rest),
  ];
  const of = (what: string) => [`${what}: median`, 'most'];
  return table(['', ...of('of a core'), ...of('resident'), ...of('proportional')], rows);
}
