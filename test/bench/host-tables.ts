import { count, figure, ms, ratio, table } from './markdown.ts';
import type { Flood, OthersFigures } from './measure-others.ts';
import type { RepairFigures } from './measure-repair.ts';
import type { RestFigures } from './measure-rest.ts';
import type { StartFigures, StartTimes } from './measure-start.ts';
import type { StepFigures } from './measure-steps.ts';
import type { Surroundings } from './measure-surroundings.ts';

export function surroundingsTable({ delivered, confirmed, synced }: Surroundings): string {
  const row = (what: string, { median, p95, least }: Surroundings['synced']) => [what, ms(median), ms(p95), ms(least)];
  const rows = [
    row('a message through the broker', delivered),
    row("the broker's confirm", confirmed),
    row('write and fsync', synced),
  ];
  return table(['', 'median', '95 %', 'fastest'], rows);
}

export function stepsTable({ parts }: StepFigures): string {
  const all = parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = parts.map(({ name, milliseconds }) => [name, ms(milliseconds)]);
  return table(['', 'mean'], [...rows, ['in all', ms(all)]]);
}

export function startTable({ taps, node, onSwitch, notOnSwitch }: StartFigures): string {
  const row = (what: string, { ready, taking, settled }: StartTimes) => [
    what,
    ...[ready, taking, settled].flatMap(({ median, least }) => [ms(median), ms(least)]),
  ];
  const rows = [
    row(`${count(taps)} taps, all on the switch`, onSwitch),
    row(`${count(taps)} taps, none on the switch`, notOnSwitch),
    ['a program of Node that does nothing', ms(node.median), ms(node.least), '', '', '', ''],
  ];
  const of = (what: string) => [`${what}: median`, 'fastest'];
  return table(['', ...of('READY'), ...of('takes events'), ...of('the switch has all')], rows);
}

export function restTable({ node, rests }: RestFigures): string {
  const megabytes = (value: number) => `${figure(value)} MB`;
  const memory = ({ resident, proportional, peak }: RestFigures['node']) =>
    [resident, proportional, peak].map(megabytes);
  const rows = rests.map(({ state, cpu, memory: used }) => [state, `${cpu.toFixed(2)} %`, ...memory(used)]);
  const bare = ['a program of Node that does nothing', '', ...memory(node)];
  return table(['', 'of a core', 'resident', 'proportional', 'peak'], [...rows, bare]);
}

export function othersTable({ creates, deletes }: OthersFigures): string {
  const row = (what: string, { messages, milliseconds, cpu }: Flood) => [
    `${count(messages)} ${what}`,
    ms(milliseconds),
    `${count(messages / (milliseconds / 1000))}/s`,
    ms(cpu.agent),
    ms(cpu.RabbitMQ),
  ];
  const head = ['', 'in all', 'messages', 'core time of the agent, each', 'of RabbitMQ'];
  return table(head, [row('creates', creates), row('deletes', deletes)]);
}

export function repairTable({ taps, flows, repaired, floor }: RepairFigures): string {
  const row = [
    `${count(taps)} taps, ${count(flows)} flows`,
    ...[repaired.median, repaired.p95, repaired.least, floor.median].map(ms),
    ratio(repaired.median, floor.median),
  ];
  return table(['', 'all back: median', '95 %', 'fastest', 'the bundle alone', 'ratio'], [row]);
}
