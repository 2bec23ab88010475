import { randomUUID } from 'node:crypto';
import {
  networkNotFound,
  noTaasIdLeft,
  overQuota,
  portNotFound,
  portOfAnotherProject,
  serviceOfAnotherProject,
  tapFlowLoop,
  tapFlowNotFound,
  tapServiceNotFound,
  tapServiceOnItsWayOut,
} from '../contract/api-error.ts';
import { type Caller, canSee } from '../contract/caller.ts';
import type {
  Creation,
  Network,
  Port,
  ResourceName,
  Resources,
  TapFlow,
  TapService,
  Update,
} from '../contract/resources.ts';
import type { Caster } from './caster.ts';
import type { Database } from './database.ts';
import { belongs } from './decide-status.ts';
import { networkOf, portOf } from './networks.ts';
import type { PortChanges } from './port-changes.ts';
import type { PortTables } from './port-tables.ts';
import type { PortView } from './rows.ts';
import type { TapTables } from './tap-tables.ts';

export interface ControlPlaneLimits {
  /** Most of each in one project; -1: as many as there are. */
  readonly quota: Readonly<Record<ResourceName, number>>;
  /** The numbers that services may get, both ends included. */
  readonly taasIds: { readonly first: number; readonly last: number };
}

export interface ControlPlaneParts {
  readonly db: Database;
  readonly taps: TapTables;
  readonly ports: PortTables;
  readonly caster: Caster;
  readonly portChanges: PortChanges;
  readonly limits: ControlPlaneLimits;
  /** Casts wait to be sent. */
  readonly onCasts: () => void;
}

const notFound = { tap_service: tapServiceNotFound, tap_flow: tapFlowNotFound };

/**
 * What callers of the API want with taps and ports. Every method is one transaction: rows and the casts that they call
 * for are committed together. What the caller may not see does not exist for it. Answers and errors are Neutron's
 * (neutron-taas, `services/taas/taas_plugin.py`), its holes closed.
 */
export class ControlPlane {
  readonly #parts: ControlPlaneParts;

  constructor(parts: ControlPlaneParts) {
    this.#parts = parts;
  }

  /** All or nothing. @throws ApiError */
  create<R extends ResourceName>(
    caller: Caller,
    resource: R,
    creations: readonly Creation[R][],
  ): readonly Resources[R][] {
    const make: { readonly [Name in ResourceName]: (creation: Creation[Name]) => Resources[Name] } = {
      tap_service: (creation) => this.#createService(caller, creation),
      tap_flow: (creation) => this.#createFlow(caller, creation),
    };
    return this.#change(() =>
      creations.map((creation) => {
        this.#heedQuota(resource, creation.project_id);
        return make[resource](creation);
      }),
    );
  }

  list<R extends ResourceName>(caller: Caller, resource: R): readonly Resources[R][] {
    return this.#parts.taps.list(resource, caller.role === 'admin' ? undefined : caller.projectId);
  }

  /** @throws ApiError */
  show<R extends ResourceName>(caller: Caller, resource: R, id: string): Resources[R] {
    const row = this.#parts.taps.find(resource, id);
    if (!row || !canSee(caller, row.project_id)) throw notFound[resource](id);
    return row;
  }

  /** @throws ApiError */
  update<R extends ResourceName>(caller: Caller, resource: R, id: string, update: Update): Resources[R] {
    return this.#change(() => {
      this.show(caller, resource, id);
      this.#parts.taps.update(resource, id, update);
      return this.show(caller, resource, id);
    });
  }

  /**
   * What is ACTIVE waits as PENDING_DELETE until its agent has removed it; anything else goes at once. The agents are
   * told in both cases: unlike in Neutron, a tap that is on its way to them cannot come true after its row is gone.
   * @throws ApiError
   */
  delete(caller: Caller, resource: ResourceName, id: string): void {
    this.#change(() => {
      if (resource === 'tap_flow') this.#deleteFlow(caller, this.show(caller, 'tap_flow', id));
      else this.#deleteService(caller, id);
    });
  }

  listPorts(caller: Caller): readonly Port[] {
    return this.#visiblePorts(caller).map(portOf);
  }

  /** @throws ApiError */
  showPort(caller: Caller, id: string): Port {
    return portOf(this.#visiblePort(caller, id));
  }

  /**
   * Gives a port to a project, whose taps alone may use it from then on; null: to the one that its host names.
   * @throws ApiError
   */
  assignPort(caller: Caller, id: string, projectId: string | null): Port {
    const { ports, portChanges } = this.#parts;
    return this.#change(() => {
      this.#visiblePort(caller, id);
      portChanges.around([id], caller.requestId, () => ports.assign(id, projectId));
      return this.showPort(caller, id);
    });
  }

  listNetworks(caller: Caller): readonly Network[] {
    const vlans = new Set(this.#visiblePorts(caller).map(({ vlan }) => vlan));
    return [...vlans].sort((a, b) => (a ?? -1) - (b ?? -1)).map(networkOf);
  }

  /** @throws ApiError */
  showNetwork(caller: Caller, id: string): Network {
    const found = this.listNetworks(caller).find((network) => network.id === id);
    if (!found) throw networkNotFound(id);
    return found;
  }

  #change<T>(work: () => T): T {
    const result = this.#parts.db.transaction(work);
    this.#parts.onCasts();
    return result;
  }

  #visiblePorts(caller: Caller): readonly PortView[] {
    return this.#parts.ports.list().filter(({ projectId }) => canSee(caller, projectId));
  }

  #visiblePort(caller: Caller, id: string): PortView {
    const port = this.#parts.ports.find(id);
    if (!port || !canSee(caller, port.projectId)) throw portNotFound(id);
    return port;
  }

  #heedQuota(resource: ResourceName, projectId: string): void {
    const { limits, taps } = this.#parts;
    const most = limits.quota[resource];
    if (most >= 0 && taps.count(resource, projectId) >= most) throw overQuota(resource);
  }

  #createService(caller: Caller, creation: Creation['tap_service']): TapService {
    const { taps, caster, limits } = this.#parts;
    const port = this.#visiblePort(caller, creation.port_id);
    if (port.projectId !== creation.project_id) throw portOfAnotherProject();
    const taasId = taps.freeTaasId(limits.taasIds);
    if (taasId === undefined) throw noTaasIdLeft();
    const service: TapService = { id: randomUUID(), ...creation, status: 'DOWN' };
    const row = { ...service, taas_id: taasId };
    taps.insertService(row);
    caster.putService('create', row, caller.requestId);
    return service;
  }

  #createFlow(caller: Caller, creation: Creation['tap_flow']): TapFlow {
    const { taps, ports, caster } = this.#parts;
    const service = this.show(caller, 'tap_service', creation.tap_service_id);
    if (service.project_id !== creation.project_id) throw serviceOfAnotherProject();
    if (service.status === 'PENDING_DELETE') throw tapServiceOnItsWayOut(service.id);
    const source = this.#visiblePort(caller, creation.source_port);
    if (source.projectId !== creation.project_id) throw portOfAnotherProject();
    // It was the project's when the service was made.
    if (!belongs(creation, ports.find(service.port_id))) throw portOfAnotherProject();
    if (taps.reaches(service.port_id, creation.source_port, creation.project_id)) {
      throw tapFlowLoop(creation.source_port);
    }
    const flow: TapFlow = { id: randomUUID(), ...creation, status: 'DOWN' };
    taps.insertFlow(flow);
    caster.putFlow('create', flow, caller.requestId);
    return flow;
  }

  #deleteService(caller: Caller, id: string): void {
    const { taps, caster } = this.#parts;
    const row = taps.service(id);
    if (!row || !canSee(caller, row.project_id)) throw tapServiceNotFound(id);
    for (const flow of taps.flowsOf(id)) this.#deleteFlow(caller, flow);
    caster.putService('delete', { ...row, status: 'PENDING_DELETE' }, caller.requestId);
    taps.setStatus('tap_service', id, 'PENDING_DELETE');
    if (row.status !== 'ACTIVE') taps.eraseService(id);
  }

  #deleteFlow(caller: Caller, row: TapFlow): void {
    const { taps, caster } = this.#parts;
    caster.putFlow('delete', { ...row, status: 'PENDING_DELETE' }, caller.requestId);
    if (row.status === 'ACTIVE') taps.setStatus('tap_flow', row.id, 'PENDING_DELETE');
    else taps.eraseFlow(row);
  }
}
