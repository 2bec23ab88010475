import { type Capture, capture } from '../support/capture.ts';
import { eventually } from '../support/eventually.ts';
import { type JoinedHost, type JoinedHosts, startJoinedHosts } from '../support/joined-hosts.ts';
import { newFlow, newService } from '../support/plugin.ts';
import { installPythonAgent, type PythonAgent } from '../support/python-agent.ts';
import { streamFrames } from '../support/send-frames.ts';
import { type Crossing, captureUnderlay, type UnderlayCapture } from '../support/underlay-capture.ts';
import type { Vm } from '../support/vm.ts';
import { freshFrames } from './copied.ts';

const VLAN = { source: 101, sensor: 102 } as const;
/** From one frame of a stream to the next, in microseconds. */
const GAP = 50_000;
/** Far more than it takes to find out that a place is wrong. */
const LIMIT = 150_000;

export type PlacedSensor = Vm & { readonly host: string };

export interface PlacedTap {
  readonly taasId: number;
  /** On the first host. */
  readonly source: Vm;
}

/** Two hosts with our agent, and two with a stand-in for the Python agent; all sources are on the first. */
export class PlacesStage {
  readonly joined: JoinedHosts;
  /** By the numbers of their hosts. */
  readonly pythons: Readonly<Record<3 | 4, PythonAgent>>;
  readonly wire: UnderlayCapture;
  #captures: Capture[] = [];
  #lastTaasId = 20;

  private constructor(joined: JoinedHosts, pythons: PlacesStage['pythons'], wire: UnderlayCapture) {
    this.joined = joined;
    this.pythons = pythons;
    this.wire = wire;
  }

  static async start(): Promise<PlacesStage> {
    const joined = await startJoinedHosts({ hosts: 4, mode: 'neutron', tunnels: 'vxlan', agents: false });
    try {
      const [first, second, third, fourth] = joined.hosts;
      if (!first || !second || !third || !fourth) throw new Error('unreachable');
      const pythons = { 3: await installPythonAgent(third.on), 4: await installPythonAgent(fourth.on) };
      await Promise.all([first.agent.start(), second.agent.start()]);
      return new PlacesStage(joined, pythons, await captureUnderlay(joined.underlay));
    } catch (error) {
      await joined.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.wire, ...this.#captures].map((each) => each.stop()));
    await this.joined.stop();
  }

  host(number: number): JoinedHost {
    const host = this.joined.hosts[number - 1];
    if (!host) throw new Error(`there is no host-${number}`);
    return host;
  }

  /** Plugs a sensor, or the same at another host. */
  sensor(at: number, same?: Vm): Promise<PlacedSensor> {
    const identity = same ? { portId: same.portId, mac: same.mac } : {};
    return this.host(at).vm({ name: 'sensor', tag: VLAN.sensor, ...identity });
  }

  /** Taps what a source on the first host sends; resolves when that is ACTIVE. */
  async tap(sensor: PlacedSensor): Promise<PlacedTap> {
    this.#lastTaasId += 1;
    const source = await this.host(1).vm({ name: 'source', tag: VLAN.source });
    const service = newService(sensor, this.#lastTaasId);
    const flow = newFlow(source, service, 'OUT');
    await this.joined.plugin.createService(service);
    await this.joined.plugin.createFlow(flow);
    // Nobody reports what is on the host of a stand-in.
    const isOurs = sensor.switch === this.host(2).on;
    await this.joined.plugin.reported('ACTIVE', flow.id, ...(isOurs ? [service.id] : []));
    return { taasId: service.taasId, source };
  }

  /** Has the stand-in at a host (3 or 4) deliver copies to a sensor there. */
  async deliver(at: 3 | 4, { taasId }: PlacedTap, sensor: Vm): Promise<void> {
    await this.pythons[at].tapService({ taasId, ofport: await sensor.ofport(), vlan: VLAN.sensor });
  }

  /** Begins to watch a VM, until the stage is stopped. */
  async watch(vm: Vm, direction: 'in' | 'out'): Promise<Capture> {
    const started = await capture(vm, { direction });
    this.#captures.push(started);
    return started;
  }

  /** Begins to send frames that are like no others; answers how to end that. */
  talk({ source }: PlacedTap): () => Promise<void> {
    const next = () => {
      const [frame] = freshFrames(source, 1);
      if (!frame) throw new Error('unreachable');
      return frame;
    };
    const stream = streamFrames(source, next, { gapMicros: GAP });
    return () => stream.stop();
  }

  /** The frames of a tap that have crossed from one host to others, and from others to it, in order. */
  async crossings({ taasId }: PlacedTap): Promise<readonly Crossing[]> {
    return (await this.wire.crossings()).filter(({ tunnelKey }) => tunnelKey === taasId);
  }

  /** Waits until the wire of a tap is as is to be expected. */
  async until(what: string, tap: PlacedTap, isSo: (crossings: readonly Crossing[]) => boolean): Promise<void> {
    const attempt = async () => isSo(await this.crossings(tap));
    await eventually(attempt, { what, timeoutMs: LIMIT, intervalMs: 500 });
  }
}
