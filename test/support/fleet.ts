import { prepareAgent, type TestAgent } from './agent.ts';
import { ApiClient } from './api-client.ts';
import { type Capture, type CaptureOptions, capture } from './capture.ts';
import { Rabbitmq } from './rabbitmq.ts';
import { prepareServer, type TestServer } from './server.ts';
import { type Switch, startSwitch } from './switch.ts';
import { plugVm, type Vm, type VmOptions } from './vm.ts';

export interface FleetOptions {
  /** How many hosts there are; one unless told. Their names are host-1, host-2 ... */
  readonly hosts?: number;
  /** Further settings of the server, as in its file. */
  readonly server?: Readonly<Record<string, unknown>>;
  /** Further settings of each agent. */
  readonly agent?: Readonly<Record<string, unknown>>;
  /** For a test that ends or blocks the broker: one that no other test uses. */
  readonly ownBroker?: boolean;
}

export interface FleetHost {
  readonly name: string;
  readonly on: Switch;
  readonly agent: TestAgent;
}

/** The same result however often it is called. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

/** A fleet without OpenStack: RabbitMQ, taas-server, and hosts with a switch and an agent each, all started. */
export class Fleet {
  readonly broker: Rabbitmq;
  readonly server: TestServer;
  /** Asks as an administrator of the project `default`. */
  readonly api: ApiClient;
  readonly hosts: readonly FleetHost[];
  readonly #cleanups: AsyncDisposableStack;

  constructor(broker: Rabbitmq, server: TestServer, hosts: readonly FleetHost[], cleanups: AsyncDisposableStack) {
    this.broker = broker;
    this.server = server;
    this.api = new ApiClient(server.url);
    this.hosts = hosts;
    this.#cleanups = cleanups;
  }

  get host(): FleetHost {
    const [first] = this.hosts;
    if (!first) throw new Error('the fleet has no host');
    return first;
  }

  /** Plugs a VM, and waits until the server knows its port. It is removed with the fleet, unless the test removes it. */
  async vm(options: VmOptions, host: FleetHost = this.host): Promise<Vm> {
    const vm = await plugVm(host.on, options);
    const remove = once(vm.remove);
    this.#cleanups.defer(remove);
    await this.api.plugged(vm.portId);
    return { ...vm, remove };
  }

  /** Starts a capture, which ends with the fleet, unless the test ends it. */
  async capture(vm: Vm, options?: CaptureOptions): Promise<Capture> {
    const started = await capture(vm, options);
    const stop = once(started.stop);
    this.#cleanups.defer(async () => {
      await stop();
    });
    return { ...started, stop };
  }

  /** Removes everything, whatever state it is in. */
  async stop(): Promise<void> {
    await this.#cleanups.disposeAsync();
  }
}

async function addHost(
  name: string,
  brokerUrl: string,
  settings: FleetOptions['agent'],
  cleanups: AsyncDisposableStack,
) {
  const on = await startSwitch();
  cleanups.defer(() => on.stop());
  await on.addBridge('br-int');
  const agent = await prepareAgent({ on, brokerUrl, host: name, ...(settings ? { settings } : {}) });
  cleanups.defer(() => agent.remove());
  return { name, on, agent };
}

/** Starts a fleet. Throws when a part of it does not start, leaving nothing behind. */
export async function startFleet({
  hosts: count = 1,
  server: settings,
  agent,
  ownBroker = false,
}: FleetOptions = {}): Promise<Fleet> {
  await using cleanups = new AsyncDisposableStack();
  const broker = await (ownBroker ? Rabbitmq.start() : Rabbitmq.share());
  cleanups.defer(() => broker.stop());
  const server = await prepareServer({ brokerUrl: broker.url, ...(settings ? { settings } : {}) });
  cleanups.defer(() => server.remove());
  await server.start();
  const hosts: FleetHost[] = [];
  for (let number = 1; number <= count; number += 1) {
    hosts.push(await addHost(`host-${number}`, broker.url, agent, cleanups));
  }
  await Promise.all(hosts.map((host) => host.agent.start()));
  return new Fleet(broker, server, hosts, cleanups.move());
}
