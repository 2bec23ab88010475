import { eventually } from '../support/eventually.ts';
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

/** How often an agent tells of a service that has come to its host. */
const TOLD_TIMES = 5;
const FIRST_TAAS_ID = 21;

interface Sensor {
  readonly place: Place;
  readonly sensor: Vm;
  readonly service: ServiceSpec;
}

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
  readonly #ready: Sensor[] = [];

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

  /** With a sensor for each tap that there will be, on these hosts. */
  static async start(tunnels: TunnelType, sensorsAt: readonly Place[]): Promise<BesidePython> {
    const joined = await startJoinedHosts({ hosts: 3, mode: 'neutron', tunnels, agents: false });
    try {
      const [first, python, third] = joined.hosts;
      if (!first || !python || !third) throw new Error('unreachable');
      const agent = await installPythonAgent(python.on);
      await Promise.all([first.agent.start(), third.agent.start()]);
      const onEach = (name: string, tag: number) => Promise.all(joined.hosts.map((host) => host.vm({ name, tag })));
      const untapped = await onEach('untapped', VLAN.untapped);
      const bystanders = await onEach('bystander', VLAN.untapped);
      const stage = new BesidePython(joined, { first, python, third }, agent, { untapped, bystanders });
      await stage.#prepare(sensorsAt);
      return stage;
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
    const at = this.#ready.findIndex(({ place }) => place === to);
    const [ready] = at < 0 ? [] : this.#ready.splice(at, 1);
    if (!ready) throw new Error(`no sensor is left on the host ${to}`);
    const { service, sensor } = ready;
    const { taasId } = service;
    const source = await this.hosts[from].vm({ name: 'source', vlan });
    const neighbour = await this.hosts[from].vm({ name: 'neighbour', tag: VLAN.source });
    await Promise.all(this.bystanders.map((vm) => vm.setTag(taasId)));
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

  /**
   * Our agents tell all hosts of a service that has come to theirs, for some seconds: the first copies of its taps would not
   * be flooded then. Here nobody is to know where it is.
   */
  async #prepare(sensorsAt: readonly Place[]): Promise<void> {
    for (const [index, place] of sensorsAt.entries()) {
      const sensor = await this.hosts[place].vm({ name: 'sensor', tag: VLAN.sensor });
      const service = newService(sensor, FIRST_TAAS_ID + index);
      await this.joined.plugin.createService(service);
      this.#ready.push({ place, sensor, service });
    }
    for (const place of ['first', 'third'] as const) {
      const due = TOLD_TIMES * sensorsAt.filter((each) => each === place).length;
      const lines = () =>
        this.hosts[place].agent
          .log()
          .filter(({ msg }) => msg === 'other hosts were told that these tap services are here');
      const told = () => lines().reduce((sum, { count }) => sum + Number(count), 0) >= due;
      await eventually(told, { what: `the host ${place} to have told of its services`, timeoutMs: 60_000 });
    }
  }

  /** Answers how to delete them. Nobody reports what is on the host of the stand-in. */
  async #create(service: ServiceSpec, flow: FlowSpec): Promise<() => Promise<void>> {
    const { plugin } = this.joined;
    const reported = [service.port, flow.source].map(({ host }) => host !== this.hosts.python.name);
    const ids = [service.id, flow.id].filter((_, index) => reported[index]);
    await plugin.createFlow(flow);
    await plugin.reported('ACTIVE', ...ids);
    return async () => {
      await plugin.deleteFlow(flow);
      await plugin.deleteService(service);
      await plugin.reported('INACTIVE', ...ids);
    };
  }
}
