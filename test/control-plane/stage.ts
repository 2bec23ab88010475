import type { AgentReport, PortInventory, ReportedPort } from '../../src/contract/agent-report.ts';
import type { ApiError } from '../../src/contract/api-error.ts';
import type { Caller } from '../../src/contract/caller.ts';
import type { AgentCast } from '../../src/contract/cast.ts';
import type { Creation, ResourceName, Status, TapFlow, TapService } from '../../src/contract/resources.ts';
import type { ControlPlane, ControlPlaneLimits } from '../../src/control-plane/control-plane.ts';
import type { ControlPlaneTrace } from '../../src/control-plane/control-plane-trace.ts';
import { type OpenControlPlane, openControlPlane } from '../../src/control-plane/open-control-plane.ts';
import { eventually } from '../support/eventually.ts';

/** Projects `red` and `blue` are two tenants that must not know of each other. */
export const RED: Caller = { projectId: 'red', role: 'member', requestId: 'req-red' };
export const BLUE: Caller = { projectId: 'blue', role: 'member', requestId: 'req-blue' };
export const RED_READER: Caller = { projectId: 'red', role: 'reader', requestId: 'req-reader' };
export const ADMIN: Caller = { projectId: 'ops', role: 'admin', requestId: 'req-admin' };

export const UNKNOWN = 'eeeeeeee-0000-4000-8000-000000000000';

/** A UUID that is recognised in a failure. */
export function portId(number: number): string {
  return `cccccccc-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** Port `number` as its host reports it: plugged, of project `red`, unless told otherwise. */
export function reported(number: number, rest: Partial<ReportedPort> = {}): ReportedPort {
  return {
    portId: portId(number),
    interfaceName: `tap${number}`,
    portName: null,
    mac: `fa:16:3e:00:00:${number.toString(16).padStart(2, '0')}`,
    vlan: 10,
    projectId: 'red',
    plugged: true,
    ...rest,
  };
}

export function inventory(host: string, ...ports: readonly ReportedPort[]): { readonly kind: 'ports' } & PortInventory {
  return { kind: 'ports', host, tunnelAddress: null, ports };
}

/** The same of a host that tunnels reach there. */
export function inventoryAt(
  tunnelAddress: string | null,
  host: string,
  ...ports: readonly ReportedPort[]
): ReturnType<typeof inventory> {
  return { ...inventory(host, ...ports), tunnelAddress };
}

export const service = (port: number, rest: Partial<Creation['tap_service']> = {}): Creation['tap_service'] => ({
  project_id: 'red',
  name: '',
  description: '',
  port_id: portId(port),
  ...rest,
});

export const flow = (
  tapServiceId: string,
  source: number,
  rest: Partial<Creation['tap_flow']> = {},
): Creation['tap_flow'] => ({
  project_id: 'red',
  name: '',
  description: '',
  tap_service_id: tapServiceId,
  source_port: portId(source),
  direction: 'BOTH',
  vlan_filter: null,
  ...rest,
});

/** A cast in short: `create_tap_flow <id>`, with its host when it is not for all. */
export function inShort({ host, method, args }: AgentCast): string {
  const message = (args.tap_flow_msg ?? args.tap_service_msg) as { tap_flow?: TapFlow; tap_service?: TapService };
  const id = message?.tap_flow?.id ?? message?.tap_service?.id;
  return [host === null ? [] : [`to ${host}:`], method, id ?? []].flat().join(' ');
}

/** The control plane over one database, whose sender has a broker that takes everything, until told to fail. */
export class Stage {
  readonly opened: OpenControlPlane;
  readonly traced: ControlPlaneTrace[] = [];
  /** All that the broker was given, in batches, also those that it did not confirm. */
  readonly batches: (readonly AgentCast[])[] = [];
  /** How many more batches the broker takes without a confirm. */
  failures = 0;
  #gate = Promise.resolve();
  #seen = 0;
  #started = false;

  constructor(limits: Partial<ControlPlaneLimits> = {}, database = ':memory:') {
    this.opened = openControlPlane({
      database,
      limits: { quota: { tap_service: -1, tap_flow: -1 }, taasIds: { first: 3900, last: 3999 }, ...limits },
      castPort: { send: (casts) => this.#send(casts) },
      trace: (event) => this.traced.push(event),
    });
  }

  get plane(): ControlPlane {
    return this.opened.controlPlane;
  }

  take(report: AgentReport): Promise<void> {
    return this.opened.desk.take(report);
  }

  async report(of: ResourceName, id: string, status: 'ACTIVE' | 'ERROR' | 'INACTIVE', host = 'host-1'): Promise<void> {
    await this.take({ kind: 'status', of, id, status, host });
  }

  statusOf(of: ResourceName, id: string): Status {
    return this.plane.show(ADMIN, of, id).status;
  }

  /** Host host-1 has ports 1 and 2, of `red`; a service at 1 and a flow from 2, both in this status. */
  async tapped(status: Status = 'DOWN'): Promise<{ readonly service: TapService; readonly flow: TapFlow }> {
    await this.take(inventory('host-1', reported(1), reported(2)));
    const made = this.tap(1, 2);
    const now = status === 'PENDING_DELETE' ? 'ACTIVE' : status;
    if (now !== 'DOWN') {
      await this.report('tap_service', made.service.id, now);
      await this.report('tap_flow', made.flow.id, now);
    }
    if (status === 'PENDING_DELETE') this.plane.delete(RED, 'tap_service', made.service.id);
    await this.casts();
    return made;
  }

  tap(servicePort: number, source: number): { readonly service: TapService; readonly flow: TapFlow } {
    const [made] = this.plane.create(RED, 'tap_service', [service(servicePort)]);
    const [made2] = this.plane.create(RED, 'tap_flow', [flow(made?.id ?? '', source)]);
    if (!made || !made2) throw new Error('create answered nothing');
    return { service: made, flow: made2 };
  }

  /** What was sent since it was asked last, once all is sent. */
  async sent(): Promise<readonly AgentCast[]> {
    if (!this.#started) this.opened.sender.start();
    this.#started = true;
    await eventually(() => this.opened.unsentCasts() === 0, { what: 'an empty outbox', intervalMs: 1 });
    const sent = this.batches.slice(this.#seen).flat();
    this.#seen = this.batches.length;
    return sent;
  }

  async casts(): Promise<readonly string[]> {
    return (await this.sent()).map(inShort);
  }

  /** The broker takes casts, but confirms them only after what this answers was called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  async close(): Promise<void> {
    await this.opened.sender.stop();
    this.opened.close();
  }

  async #send(casts: readonly AgentCast[]): Promise<void> {
    this.batches.push(casts);
    await this.#gate;
    if (this.failures === 0) return;
    this.failures -= 1;
    throw new Error('the broker is away');
  }
}

/** What a refusal says: status, type and message. */
export function refusal(work: () => unknown): Pick<ApiError, 'status' | 'type' | 'message'> {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error) || !('type' in error)) throw error;
    const { status, type, message } = error as ApiError;
    return { status, type, message };
  }
  throw new Error('it was allowed');
}
