import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eachOf } from './each-of.ts';
import { addFleetHost, type FleetHost } from './fleet-host.ts';
import { cpuMilliseconds, type MemoryUse, memoryUse } from './process-use.ts';
import type { BenchBus, CpuUse } from './stage.ts';
import { deleteFlow, newFlow } from './tap-casts.ts';

/** So many hosts are made, or ended, at a time: more than there are cores, since each waits for most of its time. */
const AT_ONCE = 4;

/** Core time since the processes began, in milliseconds: of each agent, and of everybody. */
interface Costs {
  readonly agents: readonly number[];
  readonly all: CpuUse;
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const minus = (now: readonly number[], before: readonly number[]) =>
  now.map((value, index) => value - (before[index] ?? 0));

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder);
  return sum(await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size)));
}

/** Ends them all, also when one of them cannot be ended; the broker forgets them. */
async function removeAll(hosts: readonly FleetHost[], { neutron }: BenchBus): Promise<void> {
  const failures: unknown[] = [];
  await eachOf(hosts, AT_ONCE, async ({ host, remove }) => {
    await remove().catch((error: unknown) => failures.push(error));
    await neutron.forgetAgent(host).catch((error: unknown) => failures.push(error));
  });
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
}

/** Many hosts with a switch and an agent each, at one broker. */
export class BenchFleet {
  readonly bus: BenchBus;
  readonly #hosts: FleetHost[];
  readonly #brokerPids: readonly number[];

  private constructor(bus: BenchBus, hosts: FleetHost[]) {
    this.bus = bus;
    this.#hosts = hosts;
    this.#brokerPids = bus.broker.processes();
  }

  /** Starts the switches and prepares the agents. Leaves nothing behind when it throws. */
  static async add(bus: BenchBus, size: number): Promise<BenchFleet> {
    const made: FleetHost[] = [];
    const addOne = async (_: undefined, index: number) => {
      const host = await addFleetHost(index, size, bus.broker.url);
      made.push(host);
      return host;
    };
    try {
      return new BenchFleet(
        bus,
        await eachOf(
          Array.from({ length: size }, () => undefined),
          AT_ONCE,
          addOne,
        ),
      );
    } catch (error) {
      await removeAll(made, bus);
      throw error;
    }
  }

  get hosts(): readonly FleetHost[] {
    return this.#hosts;
  }

  async start(): Promise<void> {
    await eachOf(this.#hosts, AT_ONCE, ({ agent }) => agent.start());
  }

  /** Leaves the first so many. */
  shrink(rest: number): Promise<void> {
    return removeAll(this.#hosts.splice(rest), this.bus);
  }

  remove(): Promise<void> {
    return this.shrink(0);
  }

  /**
   * Resolves when every agent has taken all that was sent before, with how many messages that took: an agent takes them
   * in their order, and answers a delete of what it never knew at once.
   */
  async reached(): Promise<number> {
    const markers = this.#hosts.flatMap(({ host, services: [service], free: [port] }) =>
      service && port ? [deleteFlow(newFlow(service, port, host))] : [],
    );
    await this.bus.neutron.round(markers);
    return markers.length;
  }

  /** What everybody's part in something was. */
  async costs<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly costs: Costs }> {
    const before = this.#costsNow();
    const result = await work();
    const now = this.#costsNow();
    const all = Object.entries(now.all).map(([who, time]) => [who, time - before.all[who as keyof CpuUse]]);
    return {
      result,
      costs: { agents: minus(now.agents, before.agents), all: Object.fromEntries(all) as CpuUse },
    };
  }

  #costsNow(): Costs {
    const agents = this.#hosts.map(({ agent }) => cpuMilliseconds(agent.pid()));
    const ofSwitches = (name: 'ovsdb' | 'vswitchd') =>
      sum(this.#hosts.map(({ on }) => cpuMilliseconds(on.on[name].pid())));
    const all = {
      agent: sum(agents),
      'ovs-vswitchd': ofSwitches('vswitchd'),
      'ovsdb-server': ofSwitches('ovsdb'),
      RabbitMQ: sum(this.#brokerPids.map(cpuMilliseconds)),
      'this measuring': cpuMilliseconds(process.pid),
    };
    return { agents, all };
  }

  /** Of each agent. */
  memory(): readonly MemoryUse[] {
    return this.#hosts.map(({ agent }) => memoryUse(agent.pid()));
  }

  /** What each agent has on disk, in bytes. */
  disks(): Promise<number[]> {
    return Promise.all(this.#hosts.map(({ agent }) => sizeOf(agent.stateDir)));
  }
}
