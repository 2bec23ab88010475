import { type FlowSpec, newFlow, newService, type Plugin, type ServiceSpec } from './plugin.ts';

/** The taps of a test, as Neutron's plugin casts them. */
export class Taps {
  readonly #plugin: Plugin;
  #services: ServiceSpec[] = [];
  #flows: FlowSpec[] = [];
  #lastTaasId = 0;

  constructor(plugin: Plugin) {
    this.#plugin = plugin;
  }

  /**
   * Names a tap service, which `deleteAll` deletes; nothing is cast. The numbers begin with 1, as those of local VLANs do:
   * what would mix the two up is seen.
   */
  service(sensor: ServiceSpec['port']): ServiceSpec {
    this.#lastTaasId += 1;
    const service = newService(sensor, this.#lastTaasId);
    this.#services.push(service);
    return service;
  }

  /** Names a tap flow, which `deleteAll` deletes; nothing is cast. */
  flow(
    source: FlowSpec['source'],
    service: ServiceSpec,
    direction: FlowSpec['direction'],
    vlanFilter?: string,
  ): FlowSpec {
    const flow = newFlow(source, service, direction, vlanFilter);
    this.#flows.push(flow);
    return flow;
  }

  /** Taps a source port. The sensor's tap service is created with its first tap flow. Resolves when all is ACTIVE. */
  async tap(
    source: FlowSpec['source'],
    sensor: ServiceSpec['port'],
    direction: FlowSpec['direction'],
    vlanFilter?: string,
  ): Promise<FlowSpec> {
    const known = this.#services.find(({ port }) => port.portId === sensor.portId);
    const service = known ?? this.service(sensor);
    if (!known) await this.#plugin.createService(service);
    const flow = this.flow(source, service, direction, vlanFilter);
    await this.#plugin.createFlow(flow);
    await this.#plugin.reported('ACTIVE', service.id, flow.id);
    return flow;
  }

  /** Deletes a tap flow; resolves when INACTIVE is reported. */
  async untap(flow: FlowSpec): Promise<void> {
    await this.#plugin.deleteFlow(flow);
    await this.#plugin.reported('INACTIVE', flow.id);
    this.#flows = this.#flows.filter((other) => other !== flow);
  }

  /** Resolves when INACTIVE is reported of all. */
  async deleteAll(): Promise<void> {
    const flows = this.#flows.splice(0);
    const services = this.#services.splice(0);
    for (const flow of flows) await this.#plugin.deleteFlow(flow);
    for (const service of services) await this.#plugin.deleteService(service);
    await this.#plugin.reported('INACTIVE', ...[...flows, ...services].map(({ id }) => id));
  }
}
