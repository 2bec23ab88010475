import { type AgentOptions, prepareAgent, type TestAgent } from './agent.ts';
import type { Capture, CaptureOptions } from './capture.ts';
import { Captures } from './captures.ts';
import { type Cleanup, everyOne } from './every-one.ts';
import { type FlowSpec, Plugin, type ServiceSpec } from './plugin.ts';
import { Rabbitmq } from './rabbitmq.ts';
import { settle } from './settle.ts';
import { type Switch, startSwitch } from './switch.ts';
import { Taps } from './taps.ts';
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

/** One host as tests of the whole agent need it: a broker, a switch with br-int, Neutron's plugin and the agent. */
export class Scene {
  readonly broker: Rabbitmq;
  readonly on: Switch;
  readonly plugin: Plugin;
  readonly agent: TestAgent;
  readonly #captures = new Captures();
  readonly #taps: Taps;
  #vms: Vm[] = [];

  constructor(broker: Rabbitmq, on: Switch, plugin: Plugin, agent: TestAgent) {
    this.broker = broker;
    this.on = on;
    this.plugin = plugin;
    this.agent = agent;
    this.#taps = new Taps(plugin);
  }

  /** Plugs a VM, which `reset` removes. */
  async vm(options: VmOptions): Promise<Vm> {
    const vm = await plugVm(this.on, options);
    this.#vms.push(vm);
    return vm;
  }

  /** Starts a capture, which `reset` ends unless the test does; unplugging the VM ends it, too, with an error. */
  capture(vm: Vm, options?: CaptureOptions): Promise<Capture> {
    return this.#captures.start(vm, options);
  }

  /** Waits until the switch has dealt with every frame that was sent. */
  settle(): Promise<void> {
    return settle(this.on);
  }

  /** Names a tap service, which `reset` deletes: see Taps. */
  service(sensor: Vm): ServiceSpec {
    return this.#taps.service(sensor);
  }

  /** Names a tap flow, which `reset` deletes: see Taps. */
  flow(source: Vm, service: ServiceSpec, direction: FlowSpec['direction'], vlanFilter?: string): FlowSpec {
    return this.#taps.flow(source, service, direction, vlanFilter);
  }

  /** Taps a source port. The sensor's tap service is created with its first tap flow. Resolves when all is ACTIVE. */
  tap(source: Vm, sensor: Vm, direction: FlowSpec['direction'], vlanFilter?: string): Promise<FlowSpec> {
    return this.#taps.tap(source, sensor, direction, vlanFilter);
  }

  /** Deletes a tap flow; resolves when INACTIVE is reported. */
  untap(flow: FlowSpec): Promise<void> {
    return this.#taps.untap(flow);
  }

  /** Ends captures, deletes all taps and unplugs all VMs; broker, switch and agent go on, for the next test. */
  async reset(): Promise<void> {
    const vms = this.#vms.splice(0).map((vm) => () => vm.remove());
    await everyOne([() => this.#captures.stopAll(), () => this.#taps.deleteAll(), ...vms]);
  }

  /** Removes everything, whatever state it is in. */
  async stop(): Promise<void> {
    const vms = this.#vms.splice(0).map((vm) => () => vm.remove());
    const rest = [() => this.plugin.close(), () => this.on.stop(), () => this.broker.stop()];
    await everyOne([() => this.agent.remove(), () => this.#captures.stopAll(), ...vms, ...rest]);
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
