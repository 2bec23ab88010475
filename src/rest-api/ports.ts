import type { Caller } from '../contract/caller.ts';
import type { Creation, Network, Port, ResourceName, Resources, Update } from '../contract/resources.ts';

/**
 * What the API needs of the control plane. Every method is one transaction, and throws an ApiError when the answer is no.
 * Rows of projects that the caller may not see do not exist for it. Order: as created.
 */
export interface ControlPlanePort {
  /** All or nothing. */
  create<R extends ResourceName>(
    caller: Caller,
    resource: R,
    creations: readonly Creation[R][],
  ): readonly Resources[R][];
  list<R extends ResourceName>(caller: Caller, resource: R): readonly Resources[R][];
  show<R extends ResourceName>(caller: Caller, resource: R, id: string): Resources[R];
  update<R extends ResourceName>(caller: Caller, resource: R, id: string, update: Update): Resources[R];
  delete(caller: Caller, resource: ResourceName, id: string): void;
  listPorts(caller: Caller): readonly Port[];
  showPort(caller: Caller, id: string): Port;
  /** Gives a port to a project; null: to the one that its host names, else `default`. Admins only. */
  assignPort(caller: Caller, id: string, projectId: string | null): Port;
  listNetworks(caller: Caller): readonly Network[];
  showNetwork(caller: Caller, id: string): Network;
}

/** Whether what the service needs is there, for /readyz; `reason` says what is not. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };
