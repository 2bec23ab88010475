import type { ResourceName, TapFlow } from '../contract/resources.ts';
import type { Caster } from './caster.ts';
import { belongs, effectOfAddress, type PortEffect, portEffect } from './decide-status.ts';
import type { PortTables } from './port-tables.ts';
import type { PortView, ServiceRow } from './rows.ts';
import type { TapTables } from './tap-tables.ts';

type Verb = 'create' | 'delete';
const STATUS_IN = { create: 'DOWN', delete: 'PENDING_DELETE' } as const;

/** Lets taps follow their ports: what a change of the inventory means for them is done in its own transaction. */
export class PortChanges {
  readonly #taps: TapTables;
  readonly #ports: PortTables;
  readonly #caster: Caster;

  constructor(taps: TapTables, ports: PortTables, caster: Caster) {
    this.#taps = taps;
    this.#ports = ports;
    this.#caster = caster;
  }

  /** Makes a change that may concern these ports, and what follows from it. */
  around(portIds: Iterable<string>, requestId: string, change: () => void): void {
    const before = [...new Set(portIds)].map((id) => ({ id, view: this.#ports.find(id) }));
    change();
    for (const { id, view } of before) {
      const after = this.#ports.find(id);
      if (JSON.stringify(view) !== JSON.stringify(after)) this.#follow(id, requestId, view, after);
    }
  }

  #follow(portId: string, requestId: string, before: PortView | undefined, after: PortView | undefined): void {
    for (const row of this.#taps.servicesAt(portId)) {
      this.#applyToService(row, portEffect(row, before, after), requestId);
    }
    for (const row of this.#taps.flowsAt(portId)) {
      const effect = portEffect(row, before, after);
      const settled = effect === 'readdress' && after ? effectOfAddress(row, after, this.#other(row, portId)) : effect;
      this.#applyToFlow(row, settled, requestId);
    }
  }

  /**
   * What was given up gets a new chance: a service, and its flows on all hosts, whose agents may have dropped it since.
   */
  retryService(row: ServiceRow, requestId: string): void {
    this.#applyToService(row, 'cast', requestId);
    for (const flow of this.#taps.flowsOf(row.id)) {
      if (flow.status === 'ERROR' || flow.status === 'DOWN') this.#applyToFlow(flow, 'cast', requestId);
    }
  }

  /** The flow's source, or its service's port: whichever this is not. */
  #other(row: TapFlow, portId: string): PortView | undefined {
    const servicePort = this.#taps.service(row.tap_service_id)?.port_id ?? '';
    return this.#ports.find(row.source_port === portId ? servicePort : row.source_port);
  }

  /** The one port has come back, but the other may be another project's meanwhile. */
  #mayRun(row: TapFlow): boolean {
    return belongs(row, this.#ports.find(row.source_port)) && belongs(row, this.#other(row, row.source_port));
  }

  #applyToService(row: ServiceRow, effect: PortEffect, requestId: string): void {
    // Its agent may have been started anew with the address: then what it gave up has a new chance.
    const settled = effect === 'readdress' && row.status === 'ERROR' ? 'cast' : effect;
    const cast = (verb: Verb) => this.#caster.putService(verb, { ...row, status: STATUS_IN[verb] }, requestId);
    this.#apply('tap_service', row.id, settled, cast);
  }

  #applyToFlow(row: TapFlow, effect: PortEffect, requestId: string): void {
    const cast = (verb: Verb) => this.#caster.putFlow(verb, { ...row, status: STATUS_IN[verb] }, requestId);
    if (effect !== 'cast' || this.#mayRun(row)) this.#apply('tap_flow', row.id, effect, cast);
  }

  #apply(resource: ResourceName, id: string, effect: PortEffect, cast: (verb: Verb) => void): void {
    switch (effect) {
      case 'none':
        return;
      case 'readdress':
        cast('create');
        return;
      case 'down':
        this.#taps.setStatus(resource, id, 'DOWN');
        return;
      case 'stop':
        this.#taps.setStatus(resource, id, 'ERROR');
        cast('delete');
        return;
      case 'delete':
        cast('delete');
        return;
      case 'cast':
        this.#taps.setStatus(resource, id, 'DOWN');
        cast('create');
    }
  }
}
