import type { CpuUse } from './stage.ts';
import { median, percentile, type Summary } from './statistics.ts';

/** One of many agents, and the one that needs the most. */
export interface Span {
  readonly median: number;
  readonly most: number;
}

/** Throws RangeError when there is no value. */
export function spanOf(values: readonly number[]): Span {
  return { median: median(values), most: percentile(values, 1) };
}

/** A fleet to which nothing happens. */
export interface FleetRest {
  /** Of an agent, in per cent of a core. */
  readonly cpu: Span;
  /** Of RabbitMQ, for all agents, in per cent of a core. */
  readonly broker: number;
  /** Of an agent, MB. */
  readonly resident: Span;
  readonly proportional: Span;
}

/** All tap services and tap flows of a fleet, made at once. */
export interface FleetBurst {
  /** Until the last status was there, milliseconds. */
  readonly active: number;
  /** Until every agent had taken every message, milliseconds. */
  readonly taken: number;
  /** Messages that agents took in, each as often as there are agents. */
  readonly deliveries: number;
  readonly reports: number;
  /** Milliseconds of a core, of all hosts together. */
  readonly cpu: CpuUse;
}

/** Creates and deletes, each when the one before had been over for a while. */
export interface FleetSeries {
  /** From cast to ACTIVE, milliseconds. */
  readonly create: Summary;
  /** What a message costs an agent that has no part in it, milliseconds of a core. */
  readonly others: Span;
  /** What it costs RabbitMQ for each agent, milliseconds of a core. */
  readonly broker: number;
}

/** One agent that knows all taps of a larger fleet, whose other hosts are imaginary. */
export interface FleetLarge {
  readonly hosts: number;
  /** Messages that it was told on top of those of the fleet, all at once. */
  readonly messages: number;
  /** Until it had them on disk, milliseconds. */
  readonly milliseconds: number;
  /** Milliseconds of a core, in all. */
  readonly cpu: number;
  readonly rest: FleetRest;
  /** Of its state folder, bytes. */
  readonly disk: number;
  readonly series: FleetSeries;
}

export interface FleetFigures {
  readonly hosts: number;
  /** Ports of each host's br-int. */
  readonly ports: number;
  readonly services: number;
  readonly taps: number;
  /** Tap flows whose sensor is on another host. */
  readonly across: number;
  /** Of a message, the mean. */
  readonly bytes: number;
  readonly bare: FleetRest;
  readonly burst: FleetBurst;
  readonly rest: FleetRest;
  /** Of an agent's state folder, bytes. */
  readonly disk: Span;
  readonly series: FleetSeries;
  readonly large: FleetLarge;
}

/** What a message costs when all come at once, in milliseconds of a core: an agent, and RabbitMQ for each agent. */
export function burstCosts({ cpu, deliveries, reports }: FleetBurst): Readonly<Record<'agent' | 'broker', number>> {
  return { agent: cpu.agent / deliveries, broker: cpu.RabbitMQ / (deliveries + reports) };
}

/** What the figures come to with as many hosts as `large` has, as many taps on each. */
export interface Forecast {
  readonly services: number;
  readonly taps: number;
  /** To make all of them: each host takes in each. */
  readonly messages: number;
  /** At all hosts together. */
  readonly deliveries: number;
  /** Of a host's core, for all messages at once, milliseconds. */
  readonly agentCpu: number;
  /** Of RabbitMQ's cores, for all messages at once, milliseconds. */
  readonly brokerCpu: number;
  /** That leave the broker, for all messages at once. */
  readonly bytes: number;
  /** Of RabbitMQ's cores, for one message by itself, milliseconds. */
  readonly brokerSingle: number;
  /** Of RabbitMQ, at rest, in per cent of a core. */
  readonly brokerRest: number;
  /** What a tap that is known, here or elsewhere, adds to an agent's memory, in bytes. */
  readonly memoryOfTap: number;
  /** What it takes of its disk, in bytes. */
  readonly diskOfTap: number;
}

export function forecast(figures: FleetFigures): Forecast {
  const { hosts, burst, bytes, series, rest, disk, large } = figures;
  const times = large.hosts / hosts;
  const [services, taps] = [figures.services * times, figures.taps * times];
  const messages = services + taps;
  const deliveries = messages * large.hosts;
  const { agent, broker } = burstCosts(burst);
  return {
    services,
    taps,
    messages,
    deliveries,
    agentCpu: messages * agent,
    brokerCpu: deliveries * broker,
    bytes: deliveries * bytes,
    brokerSingle: large.hosts * series.broker,
    brokerRest: rest.broker * times,
    memoryOfTap: ((large.rest.resident.median - rest.resident.median) * 1e6) / large.messages,
    diskOfTap: disk.median / (figures.services + figures.taps),
  };
}
