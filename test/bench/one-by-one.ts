import type { OneByOne } from './create-figures.ts';
import { type CpuUse, perTap, type Stage } from './stage.ts';
import { summarize } from './statistics.ts';
import { createFlow, deleteFlow, type TapFlowSpec } from './tap-casts.ts';

/** How much is measured. */
export interface SeriesScope {
  /** How many other taps are there. */
  readonly held: number;
  /** So many go before those that count: a Node program is slow at what it does for the first time. */
  readonly warmUp: number;
  readonly times: number;
}

interface Taken {
  readonly create: number;
  readonly delete: number;
}

async function createAndDelete({ bus }: Stage, flow: TapFlowSpec): Promise<Taken> {
  const [created = Number.NaN] = await bus.neutron.round([createFlow(flow)]);
  const [deleted = Number.NaN] = await bus.neutron.round([deleteFlow(flow)]);
  return { create: created, delete: deleted };
}

async function series(
  stage: Stage,
  { warmUp, times }: SeriesScope,
): Promise<{ readonly taken: readonly Taken[]; readonly cpu: CpuUse }> {
  const flows = stage.flows(times + warmUp, 'second');
  for (const flow of flows.splice(0, warmUp)) await createAndDelete(stage, flow);
  const { result: taken, cpu } = await stage.cpu(async () => {
    const each: Taken[] = [];
    for (const flow of flows) each.push(await createAndDelete(stage, flow));
    return each;
  });
  return { taken, cpu: perTap(cpu, times) };
}

/**
 * Creates and deletes one after another, while so many others are there: each is the first tap of its port, so that a
 * mirror changes, and begins as soon as the one before is answered.
 */
export async function oneByOne(stage: Stage, scope: SeriesScope): Promise<OneByOne> {
  const { held } = scope;
  const others = stage.flows(held, 'first');
  await stage.bus.neutron.round(others.map(createFlow));
  const { taken, cpu } = await series(stage, scope);
  await stage.bus.neutron.round(others.map(deleteFlow));
  return {
    held,
    create: summarize(taken.map(({ create }) => create)),
    delete: summarize(taken.map((each) => each.delete)),
    cpu,
  };
}
