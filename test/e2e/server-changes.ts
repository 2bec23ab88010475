import type { Fleet } from '../support/fleet.ts';
import type { Vm } from '../support/vm.ts';

/** What the answers to the changes promise. Those without an answer may have been made or not. */
export interface Promised {
  readonly there: readonly string[];
  readonly gone: readonly string[];
  readonly unanswered: number;
}

export interface ChangeOptions {
  readonly sensor: Vm;
  readonly sources: readonly Vm[];
  /** How many are to be answered. */
  readonly count: number;
  /** Requests under way at a time. */
  readonly abreast: number;
}

/** Statuses of answers that promise something; 404 promises that it is gone. */
const KEPT = [201, 204, 404];

class Changer {
  /** What was created, and the service of each flow. */
  readonly #created = new Map<string, string | undefined>();
  /** What was to be deleted, answered or not. */
  readonly #condemned = new Set<string>();
  readonly #gone: string[] = [];
  #unanswered = 0;
  readonly #fleet: Fleet;
  readonly #options: ChangeOptions;
  readonly #services: string[] = [];
  readonly #flows: string[] = [];
  #turn = 0;

  constructor(fleet: Fleet, options: ChangeOptions) {
    this.#fleet = fleet;
    this.#options = options;
  }

  promised(): Promised {
    const condemned = (id: string | undefined) => id !== undefined && this.#condemned.has(id);
    const there = [...this.#created].filter(([id, service]) => !condemned(id) && !condemned(service)).map(([id]) => id);
    return { there, gone: this.#gone, unanswered: this.#unanswered };
  }

  /** Asks for one change; tells whether there was an answer. */
  async change(): Promise<boolean> {
    this.#turn += 1;
    const turn = this.#turn;
    if (this.#services.length === 0 || turn % 10 === 0) return this.#createService();
    if (turn % 23 === 0 && this.#services.length > 2) return this.#delete('tap_service', this.#services.shift());
    if (turn % 3 === 0 && this.#flows.length > 5) return this.#delete('tap_flow', this.#flows.shift());
    return this.#createFlow(turn);
  }

  async #ask(method: string, path: string, body?: unknown) {
    try {
      const answer = await this.#fleet.api.request(method, path, body);
      if (KEPT.includes(answer.status) || answer.status === 409) return answer;
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      // fetch: the server was not there, or went away before it answered.
      this.#unanswered += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return undefined;
    }
  }

  async #createService(): Promise<boolean> {
    const { sensor } = this.#options;
    const answer = await this.#ask('POST', '/v2.0/taas/tap_services', { tap_service: { port_id: sensor.portId } });
    if (answer?.status === 201) this.#keep(this.#services, answer.body, 'tap_service', undefined);
    return answer !== undefined;
  }

  async #createFlow(turn: number): Promise<boolean> {
    const { sources } = this.#options;
    const tapFlow = {
      tap_service_id: this.#services[turn % this.#services.length],
      source_port: sources[turn % sources.length]?.portId,
      direction: ['IN', 'OUT', 'BOTH'][turn % 3],
    };
    const answer = await this.#ask('POST', '/v2.0/taas/tap_flows', { tap_flow: tapFlow });
    if (answer?.status === 201) this.#keep(this.#flows, answer.body, 'tap_flow', tapFlow.tap_service_id);
    return answer !== undefined;
  }

  #keep(ids: string[], body: unknown, resource: string, service: string | undefined): void {
    const { id } = (body as Readonly<Record<string, { readonly id: string }>>)[resource] ?? { id: '' };
    ids.push(id);
    this.#created.set(id, service);
  }

  async #delete(resource: 'tap_service' | 'tap_flow', id: string | undefined): Promise<boolean> {
    if (id === undefined) return false;
    this.#condemned.add(id);
    const answer = await this.#ask('DELETE', `/v2.0/taas/${resource}s/${id}`);
    if (answer) this.#gone.push(id);
    return answer !== undefined;
  }
}

/** Creates and deletes taps through the API, some abreast, and answers what was promised. */
export async function changeTaps(fleet: Fleet, options: ChangeOptions): Promise<Promised> {
  const changer = new Changer(fleet, options);
  let left = options.count;
  const worker = async () => {
    while (left > 0) if (await changer.change()) left -= 1;
  };
  await Promise.all(Array.from({ length: options.abreast }, worker));
  return changer.promised();
}
