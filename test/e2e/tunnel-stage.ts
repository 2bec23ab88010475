import { compareFrames } from '../support/compare.ts';
import { type JoinedHost, type JoinedHosts, startJoinedHosts } from '../support/joined-hosts.ts';
import { type FlowSpec, newFlow, newService, type ServiceSpec } from '../support/plugin.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Crossing } from '../support/underlay-capture.ts';
import type { Vm } from '../support/vm.ts';
import { freshFrames } from './copied.ts';
import { settleAll, watchWhile } from './crossing.ts';

/** Of their own on each host: what a source sends reaches no sensor but as a copy. */
const VLAN = { source: 101, sensor: 102 } as const;

/** A tap whose source and sensor are on different hosts. */
export interface CrossTap {
  readonly source: Vm;
  readonly sensor: Vm;
  readonly service: ServiceSpec;
  readonly flow: FlowSpec;
}

/** What became of frames that a source has sent. */
export interface Copied {
  /** How the copies at the sensor differ from the frames; empty when each is there once. */
  readonly difference: string;
  /** The numbers of the hosts that copies were sent to, from anywhere and with any VID; each once, ascending. */
  readonly hosts: readonly number[];
  readonly crossings: readonly Crossing[];
}

/** Hosts whose agents run beside Neutron's tunnels, and taps from one to the other. */
export class TunnelStage {
  readonly joined: JoinedHosts;
  #lastTaasId = 6;
  #taps: CrossTap[] = [];

  private constructor(joined: JoinedHosts) {
    this.joined = joined;
  }

  static async start(hosts: number, mode: 'neutron' | 'own' = 'neutron'): Promise<TunnelStage> {
    return new TunnelStage(await startJoinedHosts({ hosts, mode, tunnels: 'vxlan' }));
  }

  async stop(): Promise<void> {
    await this.joined.stop();
  }

  host(number: number): JoinedHost {
    const host = this.joined.hosts[number - 1];
    if (!host) throw new Error(`there is no host-${number}`);
    return host;
  }

  /** Plugs a source and a sensor, and names a tap of them with a taas_id that was never used; nothing is cast. */
  async plug(from: number, to: number, direction: FlowSpec['direction'] = 'OUT'): Promise<CrossTap> {
    this.#lastTaasId += 1;
    const source = await this.host(from).vm({ name: 'source', tag: VLAN.source });
    const sensor = await this.host(to).vm({ name: 'sensor', tag: VLAN.sensor });
    const service = newService(sensor, this.#lastTaasId);
    const tap = { source, sensor, service, flow: newFlow(source, service, direction) };
    this.#taps.push(tap);
    return tap;
  }

  async create({ service, flow }: CrossTap): Promise<void> {
    await this.joined.plugin.createService(service);
    await this.joined.plugin.createFlow(flow);
  }

  async reported(status: 'ACTIVE' | 'ERROR' | 'INACTIVE', { service, flow }: CrossTap): Promise<void> {
    await this.joined.plugin.reported(status, service.id, flow.id);
  }

  /** Plugs and creates a tap; resolves when it is ACTIVE. */
  async tap(from: number, to: number, direction?: FlowSpec['direction']): Promise<CrossTap> {
    const tap = await this.plug(from, to, direction);
    await this.create(tap);
    await this.reported('ACTIVE', tap);
    return tap;
  }

  /**
   * Has the source's switch forget where the sensor is: the next copies are flooded, if the sensor's agent is stopped. For some
   * seconds a running one tells all hosts of itself.
   */
  async forgetPlace({ source, service }: CrossTap): Promise<void> {
    await settleAll(this.joined);
    await source.switch.ofctl('del-flows', 'br-tun', `table=33,dl_vlan=${service.taasId}`);
    await source.switch.appctl('revalidator/wait');
  }

  /** Has a source send frames, and tells what became of them. */
  async copied({ source, sensor }: Pick<CrossTap, 'source' | 'sensor'>, count = 20): Promise<Copied> {
    const sent = freshFrames(source, count);
    const { crossings, received } = await watchWhile(this.joined, [sensor], () => sendFrames(source, sent));
    const reached = this.joined.hosts.flatMap(({ address }, index) =>
      crossings.some(({ to, vid }) => to === address && vid !== 2) ? [index + 1] : [],
    );
    return { difference: compareFrames(received[0] ?? [], sent), hosts: reached, crossings };
  }

  /** Deletes all taps, and unplugs what they tapped. */
  async clear(): Promise<void> {
    for (const tap of this.#taps.splice(0)) {
      await this.joined.plugin.deleteFlow(tap.flow);
      await this.joined.plugin.deleteService(tap.service);
      await this.reported('INACTIVE', tap);
      await tap.source.unplug();
      await tap.sensor.unplug();
    }
  }
}
