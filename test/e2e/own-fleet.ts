import { ApiClient } from '../support/api-client.ts';
import { type Capture, capture } from '../support/capture.ts';
import { compareFrames } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { type JoinedHost, type JoinedHosts, startJoinedHosts } from '../support/joined-hosts.ts';
import { sendFrames } from '../support/send-frames.ts';
import { prepareServer } from '../support/server.ts';
import { settle } from '../support/settle.ts';
import type { Switch } from '../support/switch.ts';
import type { Vm } from '../support/vm.ts';
import { freshFrames } from './copied.ts';

/** Of their own on each host: what a source sends reaches no sensor but as a copy. */
const VLAN = { source: 10, sensor: 20 } as const;

/** What crossed while something was done. */
interface Crossing {
  /** How many frames each host has sent to others. */
  readonly sent: readonly number[];
  /** How many came out of the tunnel port of each. */
  readonly received: readonly number[];
}

/** Packets that have come out of the tunnels of a host. */
async function tunnelled(on: Switch): Promise<number> {
  // What cached flows have counted is added up now and then, and when they go.
  await on.appctl('revalidator/purge');
  const text = await on.ofctl('dump-ports', 'br-tun', 'taas-vxlan');
  return Number(/rx pkts=(\d+)/.exec(text)?.[1]);
}

/** What of ours depends on taps: flows of all three bridges, and what mirrors select. */
async function ofTaps({ on }: JoinedHost): Promise<readonly string[]> {
  const flows: string[] = [];
  for (const bridge of ['br-int', 'br-tap', 'br-tun']) {
    flows.push(...(await on.dumpFlows(bridge)).map((flow) => `${bridge} ${flow}`));
  }
  const columns = '--columns=name,select_src_port,select_dst_port';
  return [...flows.sort(), await on.vsctl('--format=csv', columns, 'list', 'Mirror')];
}

/** Three hosts that make their tunnels themselves, and a taas-server, by which alone they know of each other. */
export class OwnFleet {
  readonly api: ApiClient;
  readonly joined: JoinedHosts;
  readonly #cleanups: AsyncDisposableStack;
  #atRest: readonly (readonly string[])[] = [];

  private constructor(joined: JoinedHosts, serverUrl: string, cleanups: AsyncDisposableStack) {
    this.joined = joined;
    this.api = new ApiClient(serverUrl);
    this.#cleanups = cleanups;
  }

  static async start(): Promise<OwnFleet> {
    await using cleanups = new AsyncDisposableStack();
    const joined = await startJoinedHosts({ hosts: 3, mode: 'own', tunnels: 'vxlan', peers: false });
    cleanups.defer(() => joined.stop());
    const server = await prepareServer({ brokerUrl: joined.broker.url });
    cleanups.defer(() => server.remove());
    await server.start();
    const fleet = new OwnFleet(joined, server.url, cleanups.move());
    fleet.#atRest = await fleet.#now();
    return fleet;
  }

  async stop(): Promise<void> {
    await this.#cleanups.disposeAsync();
  }

  host(number: number): JoinedHost {
    const host = this.joined.hosts[number - 1];
    if (!host) throw new Error(`there is no host-${number}`);
    return host;
  }

  /** A VM at a host, in the place of one that is elsewhere where that is given; the server knows where it is. */
  async vm(name: 'source' | 'sensor', at: number, former?: Vm): Promise<Vm> {
    const same = former ? { portId: former.portId, mac: former.mac } : {};
    const vm = await this.host(at).vm({ name: `${name}-${at}`, tag: VLAN[name] + at, ...same });
    const isThere = async () => (await this.hostOf(vm)) === `host-${at}`;
    await eventually(isThere, { what: `${name} to be at host-${at}` });
    return vm;
  }

  async hostOf({ portId }: Vm): Promise<unknown> {
    const [port] = await this.api.list('port', `?id=${portId}`);
    return port?.status === 'ACTIVE' ? port['binding:host_id'] : undefined;
  }

  /** Answers the ids of a service at the sensor and a flow to it; both are ACTIVE. */
  async tap(source: Vm, sensor: Vm): Promise<{ readonly service: string; readonly flow: string }> {
    const { id: service } = await this.api.create('tap_service', { port_id: sensor.portId });
    const wanted = { source_port: source.portId, tap_service_id: service, direction: 'OUT' };
    const { id: flow } = await this.api.create('tap_flow', wanted);
    await this.active({ service, flow });
    return { service, flow };
  }

  async active({ service, flow }: { readonly service: string; readonly flow: string }): Promise<void> {
    await this.api.reached('ACTIVE', 'tap_service', service);
    await this.api.reached('ACTIVE', 'tap_flow', flow);
  }

  /** Waits until the switches have dealt with every frame that was sent. */
  async settled(): Promise<void> {
    await settle(...this.joined.hosts.map(({ on }) => on));
  }

  /** How the copies at the sensor differ from what the source sends now; empty when each frame is there once. */
  async difference(source: Vm, sensor: Vm, count = 20): Promise<string> {
    const sent = freshFrames(source, count);
    const seen = await capture(sensor, { direction: 'in' });
    try {
      await sendFrames(source, sent);
      await this.settled();
    } catch (error) {
      await seen.stop();
      throw error;
    }
    return compareFrames(await seen.stop(), sent);
  }

  async crossing(work: () => Promise<unknown>): Promise<Crossing> {
    const { hosts } = this.joined;
    const before = await Promise.all(hosts.map(({ on }) => tunnelled(on)));
    const sent = await this.sentWhile(work);
    const after = await Promise.all(hosts.map(({ on }) => tunnelled(on)));
    return { sent, received: after.map((count, index) => count - (before[index] ?? 0)) };
  }

  /** How many frames each host sends to others meanwhile. */
  async sentWhile(work: () => Promise<unknown>): Promise<readonly number[]> {
    const { hosts, underlay } = this.joined;
    const wires: Capture[] = [];
    try {
      for (const index of hosts.keys()) {
        wires.push(await capture(underlay, { device: `host${index + 1}`, direction: 'in' }));
      }
      await work();
      await this.settled();
      return await Promise.all(wires.map(async (wire) => (await wire.frames()).length));
    } finally {
      await Promise.all(wires.map((wire) => wire.stop()));
    }
  }

  /** Waits until a host, or each of them, has nothing of taps. */
  async atRest(...numbers: readonly number[]): Promise<void> {
    const rest = async () => {
      const now = await this.#now();
      const left = now.flatMap((lines, index) => {
        const counts = numbers.length === 0 || numbers.includes(index + 1);
        const known = this.#atRest[index] ?? [];
        return counts ? lines.filter((line) => !known.includes(line)) : [];
      });
      if (left.length > 0) throw new Error(`left: ${left.join('; ')}`);
      return true;
    };
    await eventually(rest, { what: 'nothing to be left of taps', intervalMs: 100 });
  }

  /** Deletes all taps, and waits until nothing is left of them anywhere. */
  async clear(): Promise<void> {
    const services = (await this.api.list('tap_service')).map(({ id }) => id);
    for (const id of services) await this.api.delete('tap_service', id);
    await this.api.gone('tap_service', ...services);
    await this.atRest();
  }

  async #now(): Promise<readonly (readonly string[])[]> {
    const all: (readonly string[])[] = [];
    for (const host of this.joined.hosts) all.push(await ofTaps(host));
    return all;
  }
}
