import type { ResourceName, TapFlow } from '../contract/resources.ts';
import type { Caster } from './caster.ts';
import { belongs, type PortEffect, portEffect } from './decide-status.ts';
import type { PortTables } from './port-tables.ts';
import type { PortView } from './rows.ts';
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
      const cast = (verb: Verb) => this.#caster.putService(verb, { ...row, status: STATUS_IN[verb] }, requestId);
      this.#apply('tap_service', row.id, portEffect(row, before, after), cast);
    }
    for (const row of this.#taps.flowsAt(portId)) {
      const cast = (verb: Verb) => this.#caster.putFlow(verb, { ...row, status: STATUS_IN[verb] }, requestId);
      const effect = portEffect(row, before, after);
      if (effect !== 'cast' || this.#mayRun(row)) this.#apply('tap_flow', row.id, effect, cast);
    }
  }

  /** The one port has come back, but the other may be another project's meanwhile. */
  #mayRun(row: TapFlow): boolean {
    const servicePort = this.#taps.service(row.tap_service_id)?.port_id ?? '';
    return belongs(row, this.#ports.find(row.source_port)) && belongs(row, this.#ports.find(servicePort));
  }

  #apply(resource: ResourceName, id: string, effect: PortEffect, cast: (verb: Verb) => void): void {
    switch (effect) {
      case 'none':
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
