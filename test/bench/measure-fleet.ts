import { setTimeout as delay } from 'node:timers/promises';
import { BenchFleet } from './bench-fleet.ts';
import {
  type FleetBurst,
  type FleetFigures,
  type FleetLarge,
  type FleetRest,
  type FleetSeries,
  spanOf,
} from './fleet-figures.ts';
import { anyPort, imaginaryPlaces, PORTS_OF_HOST } from './fleet-host.ts';
import { countAcross, fleetTaps, type Place } from './fleet-taps.ts';
import type { BenchBus } from './stage.ts';
import { type Summary, summarize } from './statistics.ts';
import { createFlow, createService, deleteFlow, newFlow, type TapCast, type TapFlowSpec } from './tap-casts.ts';

export interface FleetScope {
  /** Hosts, each with an agent. */
  readonly agents: number;
  /** Tap flows on all hosts together. */
  readonly taps: number;
  /** After which what came before is over. */
  readonly settleSeconds: number;
  /** How long the fleet is watched at rest. */
  readonly seconds: number;
  readonly series: SeriesScope;
  /** Hosts of the fleet of which only one is there. */
  readonly large: number;
}

interface SeriesScope {
  /** Creates, and deletes, that do not count. */
  readonly warmUp: number;
  readonly times: number;
  /** After each create and each delete. */
  readonly pauseSeconds: number;
}

/** Does a part of it; the text is for the progress. */
export type Step = <T>(text: string, work: () => Promise<T>) => Promise<T>;
/** So many parts there are. */
export const FLEET_STEPS = 7;

const castsOf = (places: readonly Place[], flows: readonly TapFlowSpec[]): TapCast[] => [
  ...places.flatMap(({ services }) => services.map(createService)),
  ...flows.map(createFlow),
];

const percentOf = (cpu: number, milliseconds: number) => (cpu / milliseconds) * 100;

async function rest(fleet: BenchFleet, { settleSeconds, seconds }: FleetScope): Promise<FleetRest> {
  await delay(settleSeconds * 1000);
  const began = performance.now();
  const { costs } = await fleet.costs(() => delay(seconds * 1000));
  const took = performance.now() - began;
  const memory = fleet.memory();
  return {
    cpu: spanOf(costs.agents.map((each) => percentOf(each, took))),
    broker: percentOf(costs.all.RabbitMQ, took),
    resident: spanOf(memory.map(({ resident }) => resident)),
    proportional: spanOf(memory.map(({ proportional }) => proportional)),
  };
}

/** All at once, to agents that wait for them. */
async function burst(fleet: BenchFleet, casts: readonly TapCast[], { settleSeconds }: FleetScope): Promise<FleetBurst> {
  const { result, costs } = await fleet.costs(async () => {
    const began = performance.now();
    const active = (await fleet.bus.neutron.round(casts)).at(-1) ?? Number.NaN;
    const markers = await fleet.reached();
    const taken = performance.now() - began;
    // What they do behind their last message is a part of what it costs.
    await delay(settleSeconds * 1000);
    return { active, taken, messages: casts.length + markers };
  });
  const { active, taken, messages } = result;
  return { active, taken, deliveries: messages * fleet.hosts.length, reports: messages, cpu: costs.all };
}

/** Does something with each, and lets it be over before the next. */
async function oneByOne<T>(
  items: readonly TapFlowSpec[],
  pauseSeconds: number,
  work: (flow: TapFlowSpec) => Promise<T>,
) {
  const results: T[] = [];
  for (const item of items) {
    results.push(await work(item));
    await delay(pauseSeconds * 1000);
  }
  return results;
}

/** Flows of the first host to sensors there and on the second in turn. */
function seriesFlows({ hosts }: BenchFleet, count: number): TapFlowSpec[] {
  const [first, second = first] = hosts;
  return Array.from({ length: count }, (_, index) => {
    const place = index % 2 === 0 ? first : second;
    const service = place?.services[(index >> 1) % place.services.length];
    const source = first?.free[index % first.free.length];
    if (!first || !service || !source) throw new RangeError('a fleet needs a host');
    return newFlow(service, source, first.host);
  });
}

/** How long creates take, each of them deleted again. */
async function timesOfCreate(fleet: BenchFleet, { warmUp, times, pauseSeconds }: SeriesScope): Promise<Summary> {
  const taken = await oneByOne(seriesFlows(fleet, warmUp + times), pauseSeconds, async (flow) => {
    const [created = Number.NaN] = await fleet.bus.neutron.round([createFlow(flow)]);
    await delay(pauseSeconds * 1000);
    await fleet.bus.neutron.round([deleteFlow(flow)]);
    return created;
  });
  return summarize(taken.slice(warmUp));
}

/** What a message costs that no agent of the fleet has a part in, without what they need at rest. */
async function costsOfMessage(
  fleet: BenchFleet,
  { warmUp, times, pauseSeconds }: SeriesScope,
  atRest: FleetRest,
): Promise<Omit<FleetSeries, 'create'>> {
  const flows = seriesFlows(fleet, warmUp + times).map((flow) => ({ ...flow, host: 'host-0', source: anyPort() }));
  const tell = ({ body }: TapCast) => fleet.bus.neutron.tell([body]);
  const hear = async (heard: readonly TapFlowSpec[]) => {
    await oneByOne(heard, pauseSeconds, (flow) => tell(createFlow(flow)));
    await oneByOne(heard, pauseSeconds, (flow) => tell(deleteFlow(flow)));
  };
  await hear(flows.splice(0, warmUp));
  const began = performance.now();
  const { costs } = await fleet.costs(() => hear(flows));
  const took = performance.now() - began;
  const messages = 2 * times;
  const beyondRest = (cpu: number, percent: number) => (cpu - (percent / 100) * took) / messages;
  return {
    others: spanOf(costs.agents.map((cpu) => beyondRest(cpu, atRest.cpu.median))),
    broker: beyondRest(costs.all.RabbitMQ, atRest.broker) / fleet.hosts.length,
  };
}

async function series(fleet: BenchFleet, scope: SeriesScope, atRest: FleetRest): Promise<FleetSeries> {
  return { create: await timesOfCreate(fleet, scope), ...(await costsOfMessage(fleet, scope, atRest)) };
}

/** What is left of the fleet, its first agent, is told of the taps of so many hosts that it has never heard of. */
async function large(fleet: BenchFleet, known: FleetFiguresSoFar, scope: FleetScope): Promise<FleetLarge> {
  await fleet.shrink(1);
  const [host] = fleet.hosts;
  if (!host) throw new RangeError('a fleet needs a host');
  const places = imaginaryPlaces(known.hosts, scope.large);
  const flows = fleetTaps(places, Math.round((known.taps / known.hosts) * places.length));
  const casts = castsOf(places, flows);
  const held = host.agent.hold();
  await fleet.bus.neutron.tell(casts.map(({ body }) => body));
  const began = performance.now();
  const { result: milliseconds, costs } = await fleet.costs(async () => {
    held.go();
    await fleet.reached();
    return performance.now() - began;
  });
  const atRest = await rest(fleet, scope);
  const [disk = Number.NaN] = await fleet.disks();
  return {
    hosts: scope.large,
    messages: casts.length,
    milliseconds,
    cpu: costs.all.agent,
    rest: atRest,
    disk,
    series: await series(fleet, scope.series, atRest),
  };
}

type FleetFiguresSoFar = Omit<FleetFigures, 'large'>;

async function measureWhole(fleet: BenchFleet, scope: FleetScope, step: Step): Promise<FleetFiguresSoFar> {
  const bare = await step('at rest without taps', () => rest(fleet, scope));
  const flows = fleetTaps(fleet.hosts, scope.taps);
  const casts = castsOf(fleet.hosts, flows);
  const made = await step(`${scope.taps} taps`, () => burst(fleet, casts, scope));
  const atRest = await step('at rest', () => rest(fleet, scope));
  const disk = spanOf(await fleet.disks());
  const single = await step('creates one by one', () => series(fleet, scope.series, atRest));
  return {
    hosts: fleet.hosts.length,
    ports: PORTS_OF_HOST,
    services: casts.length - flows.length,
    taps: flows.length,
    across: countAcross(flows),
    bytes: casts.reduce((sum, { body }) => sum + body.length, 0) / casts.length,
    bare,
    burst: made,
    rest: atRest,
    disk,
    series: single,
  };
}

/** Many agents at one broker, and then one of them with the taps of many more. */
export async function measureFleet(bus: BenchBus, scope: FleetScope, step: Step): Promise<FleetFigures> {
  const fleet = await step(`${scope.agents} switches`, () => BenchFleet.add(bus, scope.agents));
  try {
    await step(`${scope.agents} agents`, () => fleet.start());
    const figures = await measureWhole(fleet, scope, step);
    const text = `one agent with the taps of ${scope.large} hosts`;
    return { ...figures, large: await step(text, () => large(fleet, figures, scope)) };
  } finally {
    await fleet.remove();
  }
}
