import { randomUUID } from 'node:crypto';
import type { ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { eventually } from './eventually.ts';
import type { Collector, Rabbitmq } from './rabbitmq.ts';
import type { Vm } from './vm.ts';

const FANOUT = 'n-taas_agent_fanout';

/** A port as far as messages tell of it; `host` is that of the plugin unless told. */
type PortSpec = Pick<Vm, 'portId' | 'mac'> & { readonly host?: string };

export interface ServiceSpec {
  readonly id: string;
  readonly taasId: number;
  readonly port: PortSpec;
}

export interface FlowSpec {
  readonly id: string;
  readonly service: ServiceSpec;
  readonly source: PortSpec;
  readonly direction: 'IN' | 'OUT' | 'BOTH';
  readonly vlanFilter?: string;
}

/** The status of a row as the agents have reported it, newest last. */
export type Reported = 'ACTIVE' | 'ERROR' | 'INACTIVE';

/** What an agent called. */
export interface Call {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
}

function callIn({ content }: ConsumeMessage): Call {
  const envelope = JSON.parse(content.toString('utf8')) as Record<string, string>;
  return JSON.parse(envelope['oslo.message'] ?? 'null');
}

/** A port as Neutron sends it, with the keys that matter to somebody and some that do not. */
function portDict({ portId, mac }: Pick<Vm, 'portId' | 'mac'>, host: string) {
  return {
    id: portId,
    name: '',
    mac_address: mac,
    admin_state_up: true,
    status: 'ACTIVE',
    device_owner: 'compute:nova',
    fixed_ips: [],
    'binding:vnic_type': 'normal',
    'binding:host_id': host,
    'binding:vif_type': 'ovs',
  };
}

function serviceDict({ id, port }: ServiceSpec, status: string) {
  return { id, tenant_id: 'p', project_id: 'p', name: '', description: '', port_id: port.portId, status };
}

/** The way to the agents. */
interface Way {
  readonly link: ChannelModel;
  readonly channel: ConfirmChannel;
}

async function openWay(broker: Rabbitmq): Promise<Way> {
  const link = await broker.connect();
  const channel = await link.createConfirmChannel();
  // The loss of it is told by whatever is tried next.
  channel.on('error', () => undefined);
  await channel.assertExchange(FANOUT, 'fanout', { durable: false, autoDelete: true });
  return { link, channel };
}

/** Stands for Neutron's TaaS plugin on a real broker: casts as it does, and collects what agents report. */
export class Plugin {
  readonly #broker: Rabbitmq;
  readonly #host: string;
  #link: ChannelModel;
  #channel: ConfirmChannel;
  /** What it listens with; undefined when it is deaf. */
  #collector: Collector | undefined;
  /** All that it heard before, oldest first. */
  #heard: readonly ConsumeMessage[] = [];
  /** What is in all of that, as far as somebody has asked. */
  readonly #calls: Call[] = [];

  private constructor(broker: Rabbitmq, host: string, { link, channel }: Way) {
    this.#broker = broker;
    this.#host = host;
    this.#link = link;
    this.#channel = channel;
  }

  /** `host` is the one that its messages name, where a port names none. */
  static async start(broker: Rabbitmq, host: string): Promise<Plugin> {
    const plugin = new Plugin(broker, host, await openWay(broker));
    await plugin.listen();
    return plugin;
  }

  async close(): Promise<void> {
    await this.deafen();
    await this.#broker.disconnect(this.#link);
  }

  /** Comes back after the connection was lost, as Neutron does; what it has heard it has heard. */
  async reconnect(): Promise<void> {
    await this.close();
    const { link, channel } = await openWay(this.#broker);
    this.#link = link;
    this.#channel = channel;
    await this.listen();
  }

  /** Ends what listens, queue and all: reports can be brought nowhere until it listens again. It goes on casting. */
  async deafen(): Promise<void> {
    const collector = this.#collector;
    if (!collector) return;
    this.#collector = undefined;
    await collector.close();
    this.#heard = [...this.#heard, ...collector.messages];
  }

  async listen(): Promise<void> {
    this.#collector ??= await this.#broker.collect('neutron', 'n-taas-plugin');
  }

  /** Takes nothing from its queue until `resume`. */
  async pause(): Promise<void> {
    await this.#collector?.pause();
  }

  async resume(): Promise<void> {
    await this.#collector?.resume();
  }

  /** Casts to all agents; resolves when the broker has it. */
  async cast(method: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    const message = { method, args, version: '1.0', _unique_id: randomUUID().replaceAll('-', '') };
    await this.send(JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) }));
  }

  /** Puts any bytes on the agents' exchange. */
  async send(body: string | Buffer): Promise<void> {
    this.#channel.publish(FANOUT, '', Buffer.from(body), {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: 2,
    });
    await this.#channel.waitForConfirms();
  }

  async createService(service: ServiceSpec, status = 'DOWN'): Promise<void> {
    await this.#service('create_tap_service', service, status);
  }

  async deleteService(service: ServiceSpec): Promise<void> {
    await this.#service('delete_tap_service', service, 'PENDING_DELETE');
  }

  async createFlow(flow: FlowSpec, status = 'DOWN'): Promise<void> {
    await this.#flow('create_tap_flow', flow, status);
  }

  async deleteFlow(flow: FlowSpec): Promise<void> {
    await this.#flow('delete_tap_flow', flow, 'PENDING_DELETE');
  }

  async #service(method: string, service: ServiceSpec, status: string): Promise<void> {
    const host = service.port.host ?? this.#host;
    const port = portDict(service.port, host);
    const message = { tap_service: serviceDict(service, status), taas_id: service.taasId, port };
    await this.cast(method, { tap_service: message, host });
  }

  async #flow(method: string, { id, service, source, direction, vlanFilter }: FlowSpec, status: string): Promise<void> {
    const host = source.host ?? this.#host;
    const row = {
      id,
      tenant_id: 'p',
      project_id: 'p',
      tap_service_id: service.id,
      name: '',
      description: '',
      source_port: source.portId,
      direction,
      status,
      vlan_filter: vlanFilter ?? null,
    };
    const message = {
      tap_flow: row,
      port_mac: source.mac,
      taas_id: service.taasId,
      port: portDict(source, host),
      tap_service_port: portDict(service.port, service.port.host ?? this.#host),
    };
    await this.cast(method, { tap_flow_msg: message, host });
  }

  /** What agents called on the plugin, oldest first. */
  calls(): readonly Call[] {
    const messages = [...this.#heard, ...(this.#collector?.messages ?? [])];
    this.#calls.push(...messages.slice(this.#calls.length).map(callIn));
    return this.#calls;
  }

  /** All statuses that were reported of a tap service or tap flow, oldest first. */
  reports(id: string): readonly Reported[] {
    return this.calls()
      .filter(({ args }) => (args['msg'] as { readonly id?: string } | undefined)?.id === id)
      .map(({ args }) => args['status'] as Reported);
  }

  /** Waits until the last report of each is the given status. */
  async reported(status: Reported, ...ids: readonly string[]): Promise<void> {
    const all = () => {
      const others = ids.filter((id) => this.reports(id).at(-1) !== status);
      if (others.length > 0) throw new Error(`${others.length} of ${ids.length} are not: ${others.slice(0, 3)}`);
      return true;
    };
    await eventually(all, { what: `${status} to be reported`, timeoutMs: 60_000, intervalMs: 5 });
  }
}

export function newService(port: ServiceSpec['port'], taasId: number): ServiceSpec {
  return { id: randomUUID(), taasId, port };
}

export function newFlow(
  source: FlowSpec['source'],
  service: ServiceSpec,
  direction: FlowSpec['direction'] = 'BOTH',
  vlanFilter?: string,
): FlowSpec {
  return { id: randomUUID(), service, source, direction, ...(vlanFilter === undefined ? {} : { vlanFilter }) };
}
