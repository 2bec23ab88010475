import type { Change, CreateFigures } from './create-figures.ts';
import type { FleetFigures, FleetRest, FleetSeries } from './fleet-figures.ts';
import type { MemoryUse } from './process-use.ts';
import type { Results } from './results.ts';
import type { CpuUse } from './stage.ts';
import type { Summary } from './statistics.ts';

/** A median, with values around it. */
const around = (median: number): Summary => ({ count: 60, median, p95: median * 2, least: median / 2 });

const cpu: CpuUse = { agent: 1, 'ovs-vswitchd': 2, 'ovsdb-server': 3, RabbitMQ: 4, 'this measuring': 5 };

const change = (least: number): Change => ({
  steps: { bundles: 1, transactions: 2 },
  floor: {
    bundle: around(0.25),
    transaction: around(least - 0.25),
    least: around(least),
  },
});

export function createFigures(
  ports: number,
  { create, floor, burst }: Readonly<Record<'create' | 'floor' | 'burst', number>>,
) {
  const figures: CreateFigures = {
    ports,
    first: 12,
    oneByOne: [{ held: 0, create: around(create), delete: around(create / 2), cpu }],
    floor: { create: change(floor), delete: change(floor) },
    bursts: [
      {
        taps: 300,
        create: around(burst),
        delete: around(burst / 2),
        floor: { create: change(20), delete: change(10) },
        cpu,
      },
    ],
  };
  return figures;
}

export const memory = (resident: number): MemoryUse => ({
  resident,
  peak: resident + 10,
  proportional: resident - 30,
  anonymous: resident - 40,
});

const rest = (resident: number): FleetRest => ({
  cpu: { median: 0.1, most: 0.3 },
  broker: 5,
  resident: { median: resident, most: resident + 2 },
  proportional: { median: resident - 50, most: resident - 45 },
});

const series = (create: number, others: number): FleetSeries => ({
  create: around(create),
  others: { median: others, most: 2 * others },
  broker: 0.125,
});

/** 110 messages to 5 agents. */
export const fleet: FleetFigures = {
  hosts: 5,
  ports: 24,
  services: 20,
  taps: 80,
  across: 40,
  bytes: 4000,
  bare: rest(80),
  burst: {
    active: 500,
    taken: 800,
    deliveries: 550,
    reports: 110,
    cpu: { agent: 275, 'ovs-vswitchd': 110, 'ovsdb-server': 11, RabbitMQ: 66, 'this measuring': 22 },
  },
  rest: rest(90),
  disk: { median: 40_000, most: 50_000 },
  series: series(20, 0.5),
  large: {
    hosts: 1000,
    messages: 19_900,
    milliseconds: 10_945,
    cpu: 11_940,
    rest: rest(129.8),
    disk: 8_000_000,
    series: series(8, 1.5),
  },
};

/** Figures of a run that was never made. */
export const sampleResults: Results = {
  date: new Date('2026-01-02T03:04:05Z'),
  minutes: 14.4,
  machine: { machine: 'a machine', system: 'a system', disk: 'ext4', 'taas-agent': '1.2.3', software: 'Node v24' },
  busy: [0.01, 0.02],
  surroundings: { delivered: around(0.5), confirmed: around(0.75), synced: around(1) },
  create: [
    createFigures(30, { create: 3.5, floor: 2, burst: 150 }),
    createFigures(300, { create: 25, floor: 7, burst: 250 }),
  ],
  steps: { ports: 300, parts: [{ name: 'transaction: update-mirror', milliseconds: 1.5 }] },
  start: {
    ports: 300,
    taps: 1000,
    node: around(40),
    onSwitch: { ready: around(300), taking: around(400), settled: around(500) },
    notOnSwitch: { ready: around(300), taking: around(400), settled: around(700) },
  },
  rest: {
    ports: 300,
    known: 5000,
    node: memory(45),
    rests: [
      { state: 'no taps', cpu: 0.1, memory: memory(80) },
      { state: '5000 taps known, 300 of them here', cpu: 0.2, memory: memory(95) },
    ],
  },
  others: {
    ports: 300,
    creates: { messages: 5100, milliseconds: 2550, cpu },
    deletes: { messages: 5100, milliseconds: 1020, cpu },
  },
  repair: { ports: 300, taps: 300, flows: 907, repaired: around(30), floor: around(15) },
  fleet,
};
