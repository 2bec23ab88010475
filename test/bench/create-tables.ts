import { type Burst, type Change, type CreateFigures, type Steps, together } from './create-figures.ts';
import { count, figure, ms, ratio, table } from './markdown.ts';
import type { CpuUse } from './stage.ts';

/** One after another. */
export function oneByOneTable(all: readonly CreateFigures[]): string {
  const rows = all.flatMap(({ ports, oneByOne }) =>
    oneByOne.map(({ held, create, delete: gone }) => [
      `${ports} ports, ${held} taps there`,
      ...[create, gone].flatMap(({ median, p95, least }) => [ms(median), ms(p95), ms(least)]),
    ]),
  );
  const of = (what: string) => [`${what}: median`, '95 %', 'fastest'];
  return table(['', ...of('create to ACTIVE'), ...of('delete to INACTIVE')], rows);
}

const inWords = ({ bundles, transactions }: Steps) => `${bundles} + ${transactions}`;

const beside = (agent: number, least: number) => [ms(agent), ms(least), ratio(agent, least)];

/** One create, and one delete, beside what the switch needs for the same. */
export function floorTable(all: readonly CreateFigures[]): string {
  const rows = all.flatMap((figures) => {
    const { ports, oneByOne, floor } = figures;
    const { agent, least } = together(figures);
    const each = (['create', 'delete'] as const).map((way) => {
      const { floor: bare, steps } = floor[way];
      const cells = beside(oneByOne[0]?.[way].median ?? Number.NaN, bare.least.median);
      return [`${ports} ports, ${way}`, ...cells, inWords(steps)];
    });
    return [...each, [`${ports} ports, both`, ...beside(agent, least), '']];
  });
  return table(['', 'the agent', 'least', 'ratio', 'bundles + transactions of the agent'], rows);
}

/** What the bare steps of one create take. */
export function bareStepsTable(all: readonly CreateFigures[]): string {
  const rows = all.map(({ ports, floor }) => {
    const { bundle, transaction } = floor.create.floor;
    const cells = [bundle, transaction].flatMap(({ median, least }) => [ms(median), ms(least)]);
    return [`${ports} ports`, ...cells];
  });
  const of = (what: string) => [`${what}: median`, 'fastest'];
  return table(['', ...of('bundle'), ...of('Mirror transaction')], rows);
}

const rate = ({ taps, create }: Burst) => `${figure(taps / (create.median / 1000))}/s`;

export function burstTable(all: readonly CreateFigures[]): string {
  const rows = all.flatMap(({ ports, bursts }) =>
    bursts.map((burst) => {
      const cells = (agent: number, { floor: bare, steps }: Change) => [
        ...beside(agent, bare.least.median),
        inWords(steps),
      ];
      const { create, delete: gone, floor } = burst;
      const both = [...cells(create.median, floor.create), rate(burst), ...cells(gone.median, floor.delete)];
      return [`${ports} ports, ${count(burst.taps)} taps`, ...both];
    }),
  );
  const head = (what: string) => [what, 'least', 'ratio', 'steps'];
  return table(['', ...head('all ACTIVE'), 'taps', ...head('all INACTIVE')], rows);
}

function cpuCells(cpu: CpuUse): readonly string[] {
  const all = Object.values(cpu).reduce((sum, time) => sum + time, 0);
  return [...Object.values(cpu), all].map(ms);
}

/** Time of a core for each tap, by who used it. */
export function cpuTable(all: readonly CreateFigures[]): string {
  const rows = all.flatMap(({ ports, oneByOne, bursts }) => [
    ...oneByOne.map(({ held, cpu }) => [
      `${ports} ports, ${held} taps there: one created and deleted`,
      ...cpuCells(cpu),
    ]),
    ...bursts.map(({ taps, cpu }) => [`${ports} ports, ${count(taps)} created at once: each`, ...cpuCells(cpu)]),
  ]);
  const who = Object.keys(all[0]?.oneByOne[0]?.cpu ?? {});
  return table(['', ...who, 'all'], rows);
}
