import { setTimeout as delay } from 'node:timers/promises';
import type { BareBridge, BareSwitch } from './bare-switch.ts';
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
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function bundles(bare: BareSwitch, { flows }: SwitchChange): Promise<void> {
  for (const bridge of ['integration', 'tap'] as const satisfies readonly BareBridge[]) {
    if (flows[bridge].length > 0) await bare.bundle(bridge, flows[bridge]);
  }
}

/** As for a create: the flows, then the mirrors that send into them. */
async function make(bare: BareSwitch, { there }: Recorded): Promise<Times> {
  const bundle = await timed(() => bundles(bare, there));
  const transaction = await timed(() => bare.changeMirrors(there.mirrors));
  return { bundle, transaction };
}

/** As for a delete: first the mirrors let go. */
async function unmake(bare: BareSwitch, { back }: Recorded): Promise<Times> {
  const transaction = await timed(() => bare.changeMirrors(back.mirrors));
  return { transaction, bundle: await timed(() => bundles(bare, back)) };
}

function summarizeFloor(times: readonly Times[]): FloorSummary {
  return {
    bundle: summarize(times.map(({ bundle }) => bundle)),
    transaction: summarize(times.map(({ transaction }) => transaction)),
    least: summarize(times.map(({ bundle, transaction }) => bundle + transaction)),
  };
}

/**
 * Makes a change and takes it back so many times, with no agent: what is left is what the switch itself needs. `rest`, in
 * milliseconds, goes before each, as it does with the agent: the switch works on after it has confirmed.
 */
export async function measureFloor(
  bare: BareSwitch,
  recorded: Recorded,
  { times, rest }: { readonly times: number; readonly rest: number },
): Promise<{ readonly create: Change; readonly delete: Change }> {
  const { steps } = recorded;
  const made: Times[] = [];
  const unmade: Times[] = [];
  for (let round = 0; round < times; round += 1) {
    await delay(rest);
    made.push(await make(bare, recorded));
    await delay(rest);
    unmade.push(await unmake(bare, recorded));
  }
  return {
    create: { steps: steps.create, floor: summarizeFloor(made) },
    delete: { steps: steps.delete, floor: summarizeFloor(unmade) },
  };
}
