import type { FlowBridge } from '../../src/openflow/flow.ts';
import type { BareSwitch } from './bare-switch.ts';
import type { Change, FloorSummary, Steps } from './create-figures.ts';
import { summarize } from './statistics.ts';
import type { SwitchChange } from './switch-change.ts';

/** A change that was recorded, to be made and taken back, with the steps that the agent took for either. */
export interface Recorded {
  readonly there: SwitchChange;
  readonly back: SwitchChange;
  readonly steps: { readonly create: Steps; readonly delete: Steps };
}

/** One repetition, in milliseconds. */
interface Times {
  readonly bundle: number;
  readonly transaction: number;
  readonly barriers: readonly number[];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function bundles(bare: BareSwitch, { flows }: SwitchChange): Promise<void> {
  for (const bridge of ['integration', 'tap'] as const satisfies readonly FlowBridge[]) {
    if (flows[bridge].length > 0) await bare.bundle(bridge, flows[bridge]);
  }
}

async function barriers(bare: BareSwitch, { transactions }: Steps): Promise<readonly number[]> {
  const times: number[] = [];
  for (let done = 1; done < Math.max(2, transactions); done += 1) times.push(await timed(() => bare.barrier()));
  return times;
}

/** As for a create: the flows, then the mirrors that send into them. */
async function make(bare: BareSwitch, { there, steps }: Recorded): Promise<Times> {
  const bundle = await timed(() => bundles(bare, there));
  const transaction = await timed(() => bare.changeMirrors(there.mirrors));
  return { bundle, transaction, barriers: await barriers(bare, steps.create) };
}

/** As for a delete: first the mirrors let go. */
async function unmake(bare: BareSwitch, { back, steps }: Recorded): Promise<Times> {
  const transaction = await timed(() => bare.changeMirrors(back.mirrors));
  const waits = await barriers(bare, steps.delete);
  return { transaction, barriers: waits, bundle: await timed(() => bundles(bare, back)) };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function summarizeFloor(times: readonly Times[], { transactions }: Steps): FloorSummary {
  const least = ({ bundle, transaction }: Times) => bundle + transaction;
  return {
    bundle: summarize(times.map(({ bundle }) => bundle)),
    transaction: summarize(times.map(({ transaction }) => transaction)),
    barrier: summarize(times.flatMap(({ barriers }) => barriers)),
    least: summarize(times.map(least)),
    asked: summarize(times.map((each) => least(each) + sum(each.barriers.slice(0, Math.max(0, transactions - 1))))),
  };
}

/** Makes a change and takes it back so many times, with no agent: what is left is what the switch itself needs. */
export async function measureFloor(
  bare: BareSwitch,
  recorded: Recorded,
  times: number,
): Promise<{ readonly create: Change; readonly delete: Change }> {
  const { steps } = recorded;
  const made: Times[] = [];
  const unmade: Times[] = [];
  for (let round = 0; round < times; round += 1) {
    made.push(await make(bare, recorded));
    unmade.push(await unmake(bare, recorded));
  }
  return {
    create: { steps: steps.create, floor: summarizeFloor(made, steps.create) },
    delete: { steps: steps.delete, floor: summarizeFloor(unmade, steps.delete) },
  };
}
