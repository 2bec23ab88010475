import type { Capture, CaptureOptions } from './capture.ts';
import { Captures } from './captures.ts';
import { everyOne } from './every-one.ts';
import { type JoinedHost, type JoinedHosts, type JoinedHostsOptions, startJoinedHosts } from './joined-hosts.ts';
import type { FlowSpec } from './plugin.ts';
import { settle } from './settle.ts';
import { Taps } from './taps.ts';
import type { Vm, VmOptions } from './vm.ts';

/** A VM of one of several hosts. */
export type HostedVm = Vm & {
  /** The name of its host. */
  readonly host: string;
};

/** Joined hosts as tests of all agents together need them: what `Scene` is for one. */
export class JoinedScene {
  readonly joined: JoinedHosts;
  readonly #captures = new Captures();
  readonly #taps: Taps;

  private constructor(joined: JoinedHosts) {
    this.joined = joined;
    this.#taps = new Taps(joined.plugin);
  }

  static async start(options: JoinedHostsOptions): Promise<JoinedScene> {
    return new JoinedScene(await startJoinedHosts(options));
  }

  get hosts(): readonly JoinedHost[] {
    return this.joined.hosts;
  }

  /** Hosts count from 1, as in their names. */
  host(number: number): JoinedHost {
    const host = this.hosts[number - 1];
    if (!host) throw new Error(`there is no host-${number}`);
    return host;
  }

  /** Plugs a VM, which stays until the end. */
  vm(host: number, options: VmOptions): Promise<HostedVm> {
    return this.host(host).vm(options);
  }

  /** Starts a capture, which `reset` ends unless the test does. */
  capture(vm: Vm, options?: CaptureOptions): Promise<Capture> {
    return this.#captures.start(vm, options);
  }

  /** Waits until no switch has anything left to forward. */
  settle(): Promise<void> {
    return settle(...this.hosts.map(({ on }) => on));
  }

  /** See Taps. */
  tap(source: HostedVm, sensor: HostedVm, direction: FlowSpec['direction']): Promise<FlowSpec> {
    return this.#taps.tap(source, sensor, direction);
  }

  /** See Taps. */
  untap(flow: FlowSpec): Promise<void> {
    return this.#taps.untap(flow);
  }

  /** Ends captures and deletes all taps; hosts and VMs go on, for the next test. */
  async reset(): Promise<void> {
    await everyOne([() => this.#captures.stopAll(), () => this.#taps.deleteAll()]);
  }

  async stop(): Promise<void> {
    await everyOne([() => this.#captures.stopAll(), () => this.joined.stop()]);
  }
}
