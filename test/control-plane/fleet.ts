import { setImmediate as turn } from 'node:timers/promises';
import { ApiError } from '../../src/contract/api-error.ts';
import type { AgentCast } from '../../src/contract/cast.ts';
import type { Port, ResourceName, TapFlow, TapService } from '../../src/contract/resources.ts';
import { type OpenControlPlane, openControlPlane } from '../../src/control-plane/open-control-plane.ts';
import { SimulatedAgent } from './simulated-agent.ts';
import { ADMIN, portId } from './stage.ts';

export const PORTS = 5;
export const HOSTS = 3;
export const RANGE = { first: 3900, last: 3903 };

/** Where tunnels reach host `index`. */
export const addressOf = (index: number) => `192.0.2.${1 + (index % 200)}`;

/** A control plane, a broker and a few hosts with agents, in one process: nothing moves unless the test moves it. */
export class Fleet {
  readonly agents = Array.from({ length: HOSTS }, (_, index) => new SimulatedAgent(`host-${index}`, addressOf(index)));
  readonly opened: OpenControlPlane;
  /** By service, as the agents are told. */
  readonly taasIds = new Map<string, number>();
  /** How many casts of a batch arrive before the broker goes away; undefined: it stays. */
  breaksAfter: number | undefined;

  constructor() {
    this.opened = openControlPlane({
      database: ':memory:',
      limits: { quota: { tap_service: -1, tap_flow: 8 }, taasIds: RANGE },
      castPort: { send: (casts) => this.#send(casts) },
      trace: (event) => {
        if (event.kind === 'casts-failed' && !String(event.error).includes('the broker is away')) throw event.error;
      },
    });
    this.opened.sender.start();
  }

  get services(): readonly TapService[] {
    return this.opened.controlPlane.list(ADMIN, 'tap_service');
  }

  get flows(): readonly TapFlow[] {
    return this.opened.controlPlane.list(ADMIN, 'tap_flow');
  }

  agent(host: number): SimulatedAgent {
    const agent = this.agents[host % HOSTS];
    if (!agent) throw new Error('there are no hosts');
    return agent;
  }

  /** A request, which may well be refused. */
  request(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Lets the control plane send what it can. */
  async sendCasts(): Promise<void> {
    for (let round = 0; this.opened.unsentCasts() > 0 && round < 50; round += 1) {
      this.opened.sender.retryNow();
      await turn();
      if (this.breaksAfter !== undefined) return;
    }
  }

  /** Reports of an agent reach the control plane in order; `again`: the last of them once more. */
  async deliver(agent: SimulatedAgent, from: 'reports' | 'inventories', count: number, again = false): Promise<void> {
    const reports = agent[from].splice(0, count);
    const last = reports.at(-1);
    if (again && last) reports.push(last);
    await Promise.all(reports.map((report) => this.opened.desk.take(report)));
  }

  /** Everything that is on its way arrives, and every agent does what it can, until nothing happens any more. */
  async calmDown(): Promise<void> {
    this.breaksAfter = undefined;
    for (let round = 0; round < 100; round += 1) {
      await this.sendCasts();
      const busy = this.agents.some(
        ({ casts, reports, inventories }) => casts.length + reports.length + inventories.length,
      );
      for (const agent of this.agents) {
        while (agent.casts.length > 0) agent.takeCast();
        agent.confirm();
        agent.giveUpWaiting();
        await this.deliver(agent, 'reports', Number.POSITIVE_INFINITY);
        await this.deliver(agent, 'inventories', Number.POSITIVE_INFINITY);
      }
      if (!busy && this.opened.unsentCasts() === 0) return;
    }
    throw new Error('it does not come to rest');
  }

  /** Where the port is plugged as the control plane sees it; undefined: nowhere, or not known. */
  pluggedAt(id: string): { readonly host: string; readonly project: string } | undefined {
    const port = this.#port(id);
    if (port?.status !== 'ACTIVE') return undefined;
    return { host: port['binding:host_id'], project: port.project_id };
  }

  /** Whether the port is plugged at the host, whatever the control plane thinks. */
  has(host: string, id: string): boolean {
    return this.agents.some((agent) => agent.host === host && agent.ports.get(id)?.plugged);
  }

  /** Where tunnels reach the host now; null: nobody knows. */
  addressAt(host: string): string | null {
    return this.agents.find((agent) => agent.host === host)?.address ?? null;
  }

  projectOf(id: string): string | undefined {
    return this.#port(id)?.project_id;
  }

  idOf(resource: ResourceName, nth: number): string {
    const rows = resource === 'tap_service' ? this.services : this.flows;
    return rows[nth % Math.max(1, rows.length)]?.id ?? portId(0);
  }

  async close(): Promise<void> {
    await this.opened.sender.stop();
    this.opened.close();
  }

  #port(id: string): Port | undefined {
    return this.opened.controlPlane.listPorts(ADMIN).find((candidate) => candidate.id === id);
  }

  async #send(casts: readonly AgentCast[]): Promise<void> {
    const arrive = casts.slice(0, this.breaksAfter);
    for (const cast of arrive) {
      this.#note(cast);
      for (const agent of this.agents) if (cast.host === null || cast.host === agent.host) agent.casts.push(cast);
    }
    if (this.breaksAfter !== undefined) throw new Error('the broker is away');
  }

  #note({ method, args }: AgentCast): void {
    if (method !== 'create_tap_service') return;
    const message = args.tap_service_msg as { readonly tap_service: TapService; readonly taas_id: number };
    this.taasIds.set(message.tap_service.id, message.taas_id);
  }
}
