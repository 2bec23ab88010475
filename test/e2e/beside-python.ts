import { type JoinedHost, type JoinedHosts, startJoinedHosts } from '../support/joined-hosts.ts';
import type { TunnelType } from '../support/neutron-tunnels.ts';
import { type FlowSpec, newFlow, newService, type ServiceSpec } from '../support/plugin.ts';
import { installPythonAgent, type PythonAgent } from '../support/python-agent.ts';
import type { PortVlan, Vm } from '../support/vm.ts';
import { settleAll } from './crossing.ts';

/** The hosts: two with our agent, and between them one with a stand-in for the Python agent. */
export type Place = 'first' | 'python' | 'third';

/** Local VLANs, on every host: no taas_id is like them, and the Python agent leaks frames of theirs with these as their key. */
export const VLAN = { source: 101, sensor: 102, untapped: 103 } as const;

/** A tap from one host to another, and those around it. */
export interface Tapped {
  readonly from: JoinedHost;
  readonly to: JoinedHost;
  /** The host that it does not concern. */
  readonly other: JoinedHost;
  readonly taasId: number;
  readonly source: Vm;
  /** In the network of the source. */
  readonly neighbour: Vm;
  readonly sensor: Vm;
  remove(): Promise<void>;
}

/** Three hosts in the middle of a move from the Python agent to ours. */
export class BesidePython {
  readonly joined: JoinedHosts;
  readonly hosts: Readonly<Record<Place, JoinedHost>>;
  readonly python: PythonAgent;
  /** One on each host; they talk. */
  readonly untapped: readonly Vm[];
  /** One on each host, in the VLAN whose number is the taas_id of the last tap; they are silent. */
  readonly bystanders: readonly Vm[];
  #lastTaasId = 20;

  private constructor(
    joined: JoinedHosts,
    hosts: BesidePython['hosts'],
    python: PythonAgent,
    vms: Pick<BesidePython, 'untapped' | 'bystanders'>,
  ) {
    this.joined = joined;
    this.hosts = hosts;
    this.python = python;
    this.untapped = vms.untapped;
    this.bystanders = vms.bystanders;
  }

  static async start(tunnels: TunnelType): Promise<BesidePython> {
    const joined = await startJoinedHosts({ hosts: 3, mode: 'neutron', tunnels, agents: false });
    try {
      const [first, python, third] = joined.hosts;
      if (!first || !python || !third) throw new Error('unreachable');
      const agent = await installPythonAgent(python.on);
      await Promise.all([first.agent.start(), third.agent.start()]);
      const onEach = (name: string, tag: number) => Promise.all(joined.hosts.map((host) => host.vm({ name, tag })));
      const untapped = await onEach('untapped', VLAN.untapped);
      const bystanders = await onEach('bystander', VLAN.untapped);
      return new BesidePython(joined, { first, python, third }, agent, { untapped, bystanders });
    } catch (error) {
      await joined.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.joined.stop();
  }

  /** Makes a tap, with our agents and the stand-in; `vlan` is that of the source. */
  async tap(
    from: Place,
    to: Place,
    direction: FlowSpec['direction'],
    vlan: PortVlan = { mode: 'access', tag: VLAN.source },
  ): Promise<Tapped> {
    this.#lastTaasId += 1;
    const taasId = this.#lastTaasId;
    const source = await this.hosts[from].vm({ name: 'source', vlan });
    const neighbour = await this.hosts[from].vm({ name: 'neighbour', tag: VLAN.source });
    const sensor = await this.hosts[to].vm({ name: 'sensor', tag: VLAN.sensor });
    await Promise.all(this.bystanders.map((vm) => vm.setTag(taasId)));
    const service = newService(sensor, taasId);
    const flow = newFlow(source, service, direction);
    const remove = await this.#create(service, flow);
    if (to === 'python') {
      await this.python.tapService({ taasId, ofport: await sensor.ofport(), vlan: VLAN.sensor });
    }
    // It has no reason to know that the sensor is there before it needs it: so its first frame is flooded.
    const { mac } = source;
    if (from === 'python') await this.python.tapFlow({ taasId, ofport: await source.ofport(), mac, direction });
    await settleAll(this.joined);
    const other = this.joined.hosts.find((host) => host !== this.hosts[from] && host !== this.hosts[to]);
    if (!other) throw new Error('unreachable');
    return { from: this.hosts[from], to: this.hosts[to], other, taasId, source, neighbour, sensor, remove };
  }

  /** Answers how to delete them. Nobody reports what is on the host of the stand-in. */
  async #create(service: ServiceSpec, flow: FlowSpec): Promise<() => Promise<void>> {
    const { plugin } = this.joined;
    const reported = [service.port, flow.source].map(({ host }) => host !== this.hosts.python.name);
    const ids = [service.id, flow.id].filter((_, index) => reported[index]);
    await plugin.createService(service);
    await plugin.createFlow(flow);
    await plugin.reported('ACTIVE', ...ids);
    return async () => {
      await plugin.deleteFlow(flow);
      await plugin.deleteService(service);
      await plugin.reported('INACTIVE', ...ids);
    };
  }
}
