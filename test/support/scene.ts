import { type AgentOptions, prepareAgent, type TestAgent } from './agent.ts';
import { type Capture, type CaptureOptions, capture } from './capture.ts';
import { type FlowSpec, newFlow, newService, Plugin, type ServiceSpec } from './plugin.ts';
import { Rabbitmq } from './rabbitmq.ts';
import { type Switch, startSwitch } from './switch.ts';
import { plugVm, type Vm, type VmOptions } from './vm.ts';

export interface SceneOptions {
  /** Further settings of the agent, as in its file. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** See SwitchOptions. */
  readonly vlanLimit?: 0 | 1 | 2;
  /** Whether the agent is started at once; true unless told. */
  readonly agent?: boolean;
  /** For a test that ends or blocks the broker: one that no other test uses. */
  readonly ownBroker?: boolean;
  /** The agent's further options. */
  readonly agentOptions?: Pick<AgentOptions, 'dist' | 'env' | 'stateDir'>;
}

type Cleanup = () => Promise<unknown>;

/** Does all, whatever fails on the way, and throws what failed. */
async function everyOne(cleanups: readonly Cleanup[]): Promise<void> {
  const failures: unknown[] = [];
  for (const cleanup of cleanups) {
    try {
      await cleanup();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
}

/** One host as tests of the whole agent need it: a broker, a switch with br-int, Neutron's plugin and the agent. */
export class Scene {
  readonly broker: Rabbitmq;
  readonly on: Switch;
  readonly plugin: Plugin;
  readonly agent: TestAgent;
  #vms: Vm[] = [];
  #captures: Capture[] = [];
  #services: ServiceSpec[] = [];
  #flows: FlowSpec[] = [];
  #lastTaasId = 0;

  constructor(broker: Rabbitmq, on: Switch, plugin: Plugin, agent: TestAgent) {
    this.broker = broker;
    this.on = on;
    this.plugin = plugin;
    this.agent = agent;
  }

  /** Plugs a VM, which `reset` removes. */
  async vm(options: VmOptions): Promise<Vm> {
    const vm = await plugVm(this.on, options);
    this.#vms.push(vm);
    return vm;
  }

  /** Starts a capture, which `reset` ends unless the test does; unplugging the VM ends it, too, with an error. */
  async capture(vm: Vm, options?: CaptureOptions): Promise<Capture> {
    const started = await capture(vm, options);
    this.#captures.push(started);
    const stop = () => {
      this.#captures = this.#captures.filter((other) => other !== started);
      return started.stop();
    };
    return { ...started, stop };
  }

  /**
   * Names a tap service, which `reset` deletes; nothing is cast. The numbers begin with 1, as those of local VLANs do:
   * what would mix the two up is seen.
   */
  service(sensor: Vm): ServiceSpec {
    this.#lastTaasId += 1;
    const service = newService(sensor, this.#lastTaasId);
    this.#services.push(service);
    return service;
  }

  /** Names a tap flow, which `reset` deletes; nothing is cast. */
  flow(source: Vm, service: ServiceSpec, direction: FlowSpec['direction'], vlanFilter?: string): FlowSpec {
    const flow = newFlow(source, service, direction, vlanFilter);
    this.#flows.push(flow);
    return flow;
  }

  /** Taps a source port. The sensor's tap service is created with its first tap flow. Resolves when all is ACTIVE. */
  async tap(source: Vm, sensor: Vm, direction: FlowSpec['direction'], vlanFilter?: string): Promise<FlowSpec> {
    const known = this.#services.find(({ port }) => port.portId === sensor.portId);
    const service = known ?? this.service(sensor);
    if (!known) await this.plugin.createService(service);
    const flow = this.flow(source, service, direction, vlanFilter);
    await this.plugin.createFlow(flow);
    await this.plugin.reported('ACTIVE', service.id, flow.id);
    return flow;
  }

  /** Deletes a tap flow; resolves when INACTIVE is reported. */
  async untap(flow: FlowSpec): Promise<void> {
    await this.plugin.deleteFlow(flow);
    await this.plugin.reported('INACTIVE', flow.id);
    this.#flows = this.#flows.filter((other) => other !== flow);
  }

  /** Ends captures, deletes all taps and unplugs all VMs; broker, switch and agent go on, for the next test. */
  async reset(): Promise<void> {
    const captures = this.#captures.splice(0).map((each) => () => each.stop());
    const vms = this.#vms.splice(0).map((vm) => () => vm.remove());
    await everyOne([...captures, () => this.#deleteTaps(), ...vms]);
  }

  async #deleteTaps(): Promise<void> {
    const flows = this.#flows.splice(0);
    const services = this.#services.splice(0);
    for (const flow of flows) await this.plugin.deleteFlow(flow);
    for (const service of services) await this.plugin.deleteService(service);
    await this.plugin.reported('INACTIVE', ...[...flows, ...services].map(({ id }) => id));
  }

  /** Removes everything, whatever state it is in. */
  async stop(): Promise<void> {
    const captures = this.#captures.splice(0).map((each) => () => each.stop());
    const vms = this.#vms.splice(0).map((vm) => () => vm.remove());
    const rest = [() => this.plugin.close(), () => this.on.stop(), () => this.broker.stop()];
    await everyOne([() => this.agent.remove(), ...captures, ...vms, ...rest]);
  }
}

/** Starts a scene. Throws when a part of it does not start, leaving nothing behind. */
export async function startScene({
  settings,
  vlanLimit,
  agent: starts = true,
  ownBroker = false,
  agentOptions,
}: SceneOptions = {}): Promise<Scene> {
  const host = 'host-1';
  const cleanups: Cleanup[] = [];
  try {
    const broker = await (ownBroker ? Rabbitmq.start() : Rabbitmq.share());
    cleanups.unshift(() => broker.stop());
    const on = await startSwitch(vlanLimit === undefined ? {} : { vlanLimit });
    cleanups.unshift(() => on.stop());
    await on.addBridge('br-int');
    const plugin = await Plugin.start(broker, host);
    cleanups.unshift(() => plugin.close());
    const agent = await prepareAgent({
      on,
      brokerUrl: broker.url,
      host,
      ...(settings === undefined ? {} : { settings }),
      ...agentOptions,
    });
    cleanups.unshift(() => agent.remove());
    if (starts) await agent.start();
    return new Scene(broker, on, plugin, agent);
  } catch (error) {
    await everyOne(cleanups);
    throw error;
  }
}
