import type { DesiredState } from '../../src/tap/desired-state.ts';
import type { Chance } from '../support/chance.ts';
import { type FlowSpec, newFlow, newService, type Plugin, type ServiceSpec } from '../support/plugin.ts';

type PortSpec = ServiceSpec['port'];

/** From which ports random taps are made. No sensor is a source: a loop would be refused. */
export interface TapPorts {
  readonly sources: readonly PortSpec[];
  readonly sensors: readonly PortSpec[];
}

/** When there may have been copies by a tap flow: from its create to when INACTIVE was heard of it, in milliseconds. */
export interface Life {
  readonly flow: FlowSpec;
  readonly from: number;
  until: number;
}

/** Taps that there must be, a line each. */
export interface Wanted {
  text(): readonly string[];
}

/**
 * The first number that is given to a tap service here: as those of local VLANs of a crowd, so that what would mix the two
 * up is seen. Scenes give lower ones.
 */
const FIRST_TAAS_ID = 100;

export const serviceText = ({ id, taasId, port }: ServiceSpec) =>
  `tap service ${id}: taas_id ${taasId}, port ${port.portId}`;
export const flowText = ({ id, service, source, direction }: FlowSpec) =>
  `tap flow ${id}: ${direction} of ${source.portId} to ${service.id}`;

/** The taps as an agent holds them, a line each, to compare with what Neutron believes. */
export function heldText({ tapServices, tapFlows }: DesiredState): readonly string[] {
  const services = [...tapServices.values()].map(
    ({ tap: { id, taasId, portId } }) => `tap service ${id}: taas_id ${taasId}, port ${portId}`,
  );
  const flows = [...tapFlows.values()].map(
    ({ tap }) => `tap flow ${tap.id}: ${tap.direction} of ${tap.sourcePortId} to ${tap.tapServiceId}`,
  );
  return [...services, ...flows].sort();
}

/** The taps that Neutron has: it casts each change, and then believes in it. */
export class Believed implements Wanted {
  readonly #plugin: Plugin;
  readonly #services = new Map<string, ServiceSpec>();
  readonly #flows = new Map<string, FlowSpec>();
  readonly #deleted: string[] = [];
  readonly #ids: string[] = [];
  readonly #lives: Life[] = [];
  /** Of deleted services: Neutron gives a number again when INACTIVE has come. */
  readonly #formerTaasIds = new Map<string, number>();

  constructor(plugin: Plugin) {
    this.#plugin = plugin;
  }

  /** Of all taps that there ever were. */
  get everyId(): readonly string[] {
    return this.#ids;
  }

  /** All tap flows that there ever were, those that INACTIVE was heard of by now with their end. */
  lives(): readonly Life[] {
    for (const life of this.#lives) {
      const { flow, until } = life;
      const ends = until === Number.POSITIVE_INFINITY && !this.#flows.has(flow.id);
      if (ends && this.#plugin.reports(flow.id).at(-1) === 'INACTIVE') life.until = Date.now();
    }
    return this.#lives;
  }

  get services(): readonly ServiceSpec[] {
    return [...this.#services.values()];
  }

  get flows(): readonly FlowSpec[] {
    return [...this.#flows.values()];
  }

  text(): readonly string[] {
    return [...this.services.map(serviceText), ...this.flows.map(flowText)].sort();
  }

  async createService(port: PortSpec): Promise<ServiceSpec> {
    const service = newService(port, this.#freeTaasId());
    this.#services.set(service.id, service);
    this.#ids.push(service.id);
    await this.#plugin.createService(service);
    return service;
  }

  async createFlow(source: PortSpec, service: ServiceSpec, direction: FlowSpec['direction']): Promise<FlowSpec> {
    const flow = newFlow(source, service, direction);
    this.#flows.set(flow.id, flow);
    this.#ids.push(flow.id);
    this.#lives.push({ flow, from: Date.now(), until: Number.POSITIVE_INFINITY });
    await this.#plugin.createFlow(flow);
    return flow;
  }

  async deleteFlow(flow: FlowSpec): Promise<void> {
    this.#flows.delete(flow.id);
    this.#deleted.push(flow.id);
    await this.#plugin.deleteFlow(flow);
  }

  /** With its flows, which Neutron wants to be deleted before. */
  async deleteService(service: ServiceSpec): Promise<void> {
    for (const flow of this.flows) if (flow.service.id === service.id) await this.deleteFlow(flow);
    this.#services.delete(service.id);
    this.#deleted.push(service.id);
    this.#formerTaasIds.set(service.id, service.taasId);
    await this.#plugin.deleteService(service);
  }

  /** One change, whichever: more taps come than go, until there are enough of them. */
  async change(chance: Chance, { sources, sensors }: TapPorts, enough = 40): Promise<void> {
    const [service, flow] = [chance.maybe(this.services), chance.maybe(this.flows)];
    const many = this.#services.size + this.#flows.size >= enough;
    const dice = chance.next();
    if (!service || (dice < 0.2 && !many)) await this.createService(chance.pick(sensors));
    else if (!flow || (dice < 0.65 && !many)) {
      await this.createFlow(chance.pick(sources), service, chance.pick(['IN', 'OUT', 'BOTH']));
    } else if (dice < 0.92) await this.deleteFlow(flow);
    else await this.deleteService(service);
  }

  async deleteAll(): Promise<void> {
    for (const service of this.services) await this.deleteService(service);
  }

  /** Waits until the last report of each that there is says ACTIVE, and of each that was deleted INACTIVE. */
  async reported(): Promise<void> {
    await this.#plugin.reported('ACTIVE', ...this.#services.keys(), ...this.#flows.keys());
    await this.#plugin.reported('INACTIVE', ...this.#deleted);
    this.#deleted.length = 0;
    this.#formerTaasIds.clear();
  }

  #freeTaasId(): number {
    const taken = new Set([...this.services.map(({ taasId }) => taasId), ...this.#formerTaasIds.values()]);
    let taasId = FIRST_TAAS_ID;
    while (taken.has(taasId)) taasId += 1;
    return taasId;
  }
}
