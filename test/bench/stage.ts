import { randomUUID } from 'node:crypto';
import type { Rabbitmq } from '../support/rabbitmq.ts';
import { type BenchAgent, type BenchAgentOptions, prepareBenchAgent } from './bench-agent.ts';
import type { BenchSwitch } from './bench-switch.ts';
import type { Neutron } from './neutron.ts';
import { cpuMilliseconds } from './process-use.ts';
import { createFlow, createService, deleteFlow, newFlow, type TapFlowSpec, type TapServiceSpec } from './tap-casts.ts';

/** The bus, of one broker for all switches. */
export interface BenchBus {
  readonly broker: Rabbitmq;
  readonly neutron: Neutron;
}

/** Who takes part in a tap, each with the time of a core that it used, in milliseconds. */
export type CpuUse = Readonly<
  Record<'agent' | 'ovs-vswitchd' | 'ovsdb-server' | 'RabbitMQ' | 'this measuring', number>
>;

export function perTap(cpu: CpuUse, taps: number): CpuUse {
  return Object.fromEntries(Object.entries(cpu).map(([who, time]) => [who, time / taps])) as CpuUse;
}

let agents = 0;

/** A new agent at a switch, with its taps; `leave` takes all of it away again. */
export class Stage {
  readonly host: BenchSwitch;
  readonly bus: BenchBus;
  readonly agent: BenchAgent;
  readonly services: readonly TapServiceSpec[];
  readonly #brokerPids: readonly number[];

  private constructor(host: BenchSwitch, bus: BenchBus, agent: BenchAgent) {
    this.host = host;
    this.bus = bus;
    this.agent = agent;
    this.services = host.sensors.map((port, index) => ({
      id: randomUUID(),
      taasId: 1 + index,
      port,
      host: agent.host,
    }));
    this.#brokerPids = bus.broker.processes();
  }

  /** Prepares an agent, which does not run yet. */
  static async set(
    host: BenchSwitch,
    bus: BenchBus,
    options: Pick<BenchAgentOptions, 'logLevel'> = {},
  ): Promise<Stage> {
    agents += 1;
    const { on } = host;
    const agent = await prepareBenchAgent({ on, brokerUrl: bus.broker.url, host: `bench-${agents}`, ...options });
    return new Stage(host, bus, agent);
  }

  /** Stops the agent and takes all that it made off the switch, and its queue off the broker. */
  async leave(): Promise<void> {
    await this.agent.stop();
    await this.agent.cleanup();
    await this.agent.remove();
    await this.bus.neutron.forgetAgent(this.agent.host);
  }

  /** Creates the tap services; none of their copies flow before there is a tap flow. */
  async createServices(): Promise<void> {
    await this.bus.neutron.round(this.services.map(createService));
  }

  /** So many tap flows, spread over the tap services and over all source ports, or those of the one or other half. */
  flows(count: number, half?: 'first' | 'second'): TapFlowSpec[] {
    const middle = this.host.sources.length >> 1;
    const sources = this.host.sources.slice(half === 'second' ? middle : 0, half === 'first' ? middle : undefined);
    return Array.from({ length: count }, (_, index) => {
      const [service, source] = [this.services[index % this.services.length], sources[index % sources.length]];
      if (!service || !source) throw new RangeError('no port to tap');
      return newFlow(service, source);
    });
  }

  /** Creates tap flows, all at once. */
  async create(flows: readonly TapFlowSpec[]): Promise<void> {
    await this.bus.neutron.round(flows.map(createFlow));
  }

  /** Tells of taps that nobody answers for, and waits until the agent has dealt with them. */
  async tell(bodies: readonly Buffer[]): Promise<void> {
    await this.bus.neutron.tell(bodies);
    await this.reached();
  }

  /**
   * Resolves when the agent has on disk all that was sent to it before: it takes messages in their order, and a delete of
   * what it never knew is answered at once.
   */
  async reached(): Promise<void> {
    const [unknown] = this.flows(1);
    if (unknown) await this.bus.neutron.round([deleteFlow(unknown)]);
  }

  /** What everybody's part in something was. */
  async cpu<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly cpu: CpuUse }> {
    const before = this.#cpuNow();
    const result = await work();
    const now = this.#cpuNow();
    const used = Object.entries(now).map(([who, time]) => [who, time - before[who as keyof CpuUse]]);
    return { result, cpu: Object.fromEntries(used) as CpuUse };
  }

  #cpuNow(): CpuUse {
    const { ovsdb, vswitchd } = this.host.on;
    return {
      agent: cpuMilliseconds(this.agent.pid()),
      'ovs-vswitchd': cpuMilliseconds(vswitchd.pid()),
      'ovsdb-server': cpuMilliseconds(ovsdb.pid()),
      RabbitMQ: this.#brokerPids.reduce((sum, pid) => sum + cpuMilliseconds(pid), 0),
      'this measuring': cpuMilliseconds(process.pid),
    };
  }
}
