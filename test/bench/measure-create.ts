import { setTimeout as delay } from 'node:timers/promises';
import { BareSwitch } from './bare-switch.ts';
import { type BenchSwitch, PORTS_OF_NETWORK } from './bench-switch.ts';
import type { Burst, CreateFigures } from './create-figures.ts';
import { measureFloor, type Recorded } from './floor.ts';
import { oneByOne } from './one-by-one.ts';
import { REST_MS, recordChange } from './record-change.ts';
import { type BenchBus, type CpuUse, perTap, Stage } from './stage.ts';
import { summarize } from './statistics.ts';
import { createFlow, deleteFlow } from './tap-casts.ts';

/** How much is measured. */
export interface CreateScope {
  /** Creates and deletes that do not count, before each series. */
  readonly warmUp: number;
  /** Creates, and deletes, one after another, while so many others are there. */
  readonly oneByOne: readonly { readonly held: number; readonly times: number }[];
  /** Numbers of taps at once, each with how often. */
  readonly bursts: readonly { readonly taps: number; readonly times: number }[];
  readonly floorTimes: number;
}

type RecordedBurst = Omit<Burst, 'floor'> & { readonly recorded: Recorded; readonly times: number };

/** Creates so many at once, and deletes them all at once, again and again. */
async function burst(stage: Stage, taps: number, times: number): Promise<RecordedBurst> {
  const taken = { create: [] as number[], delete: [] as number[] };
  const costs: CpuUse[] = [];
  const flows = stage.flows(taps);
  const make = async () => {
    const { result, cpu } = await stage.cpu(() => stage.bus.neutron.round(flows.map(createFlow)));
    taken.create.push(...result.slice(-1));
    costs.push(perTap(cpu, taps));
  };
  const unmake = async () => {
    taken.delete.push(...(await stage.bus.neutron.round(flows.map(deleteFlow))).slice(-1));
  };
  const recorded = await recordChange(stage, { make, unmake });
  for (let round = 1; round < times; round += 1) {
    await make();
    await delay(REST_MS);
    await unmake();
    await delay(REST_MS);
  }
  const [cpu] = costs;
  if (!cpu) throw new RangeError('no burst was measured');
  return { taps, create: summarize(taken.create), delete: summarize(taken.delete), cpu, recorded, times };
}

/** The agent runs: the base of taps, which needs every mirror that there will be, then creates and deletes. */
async function withAgent(stage: Stage, scope: CreateScope) {
  const { neutron } = stage.bus;
  await stage.agent.start();
  await stage.createServices();
  const base = stage.flows(PORTS_OF_NETWORK);
  const [first = Number.NaN] = await neutron.round(base.slice(0, 1).map(createFlow));
  await neutron.round(base.slice(1).map(createFlow));
  const [one] = stage.flows(1, 'second');
  if (!one) throw new RangeError('no port to tap');
  const recorded = await recordChange(stage, {
    make: () => neutron.round([createFlow(one)]),
    unmake: () => neutron.round([deleteFlow(one)]),
  });
  const series: CreateFigures['oneByOne'][number][] = [];
  for (const each of scope.oneByOne) series.push(await oneByOne(stage, { ...each, warmUp: scope.warmUp }));
  const bursts: RecordedBurst[] = [];
  for (const { taps, times } of scope.bursts) bursts.push(await burst(stage, taps, times));
  return { first, recorded, oneByOne: series, bursts };
}

/** What creates and deletes cost with an agent, and then, on the same switch, what the same changes cost with none. */
export async function measureCreate(host: BenchSwitch, bus: BenchBus, scope: CreateScope): Promise<CreateFigures> {
  const stage = await Stage.set(host, bus);
  try {
    const { first, recorded, oneByOne: series, bursts } = await withAgent(stage, scope);
    await stage.agent.stop();
    const bare = await BareSwitch.open(host.on);
    const floored: Burst[] = [];
    const floor = await measureFloor(bare, recorded, { times: scope.floorTimes, rest: 0 });
    for (const { recorded: change, times, ...rest } of bursts) {
      floored.push({ ...rest, floor: await measureFloor(bare, change, { times, rest: REST_MS }) });
    }
    await bare.close();
    return { ports: host.size, first, oneByOne: series, floor, bursts: floored };
  } finally {
    await stage.leave();
  }
}
