import type { AgentReport, PortInventory } from '../contract/agent-report.ts';
import type { TapFlow, TapService } from '../contract/resources.ts';
import { newRequestId } from './caster.ts';
import type { ControlPlaneTrace } from './control-plane-trace.ts';
import type { Database } from './database.ts';
import { type AfterReport, belongs, type PortCondition, statusAfterReport } from './decide-status.ts';
import type { Outbox } from './outbox.ts';
import type { PortChanges } from './port-changes.ts';
import type { PortTables } from './port-tables.ts';
import type { TapTables } from './tap-tables.ts';

/** The API speaks of ports by UUID; what an interface has as its `iface-id` may be any text. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface AgentDeskParts {
  readonly db: Database;
  readonly taps: TapTables;
  readonly ports: PortTables;
  readonly outbox: Outbox;
  readonly portChanges: PortChanges;
  /** Casts wait to be sent. */
  readonly onCasts: () => void;
  readonly trace: (event: ControlPlaneTrace) => void;
}

interface WaitingReport {
  readonly report: AgentReport;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Takes what agents report. Reports that arrive together are committed together: a commit waits for the disk. */
export class AgentDesk {
  readonly #parts: AgentDeskParts;
  #waiting: WaitingReport[] = [];

  constructor(parts: AgentDeskParts) {
    this.#parts = parts;
  }

  /** Resolves when what the report changes is committed; rejects when it could not be, and nothing was changed. */
  take(report: AgentReport): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#takeAll());
      this.#waiting.push({ report, resolve, reject });
    });
  }

  #takeAll(): void {
    const batch = this.#waiting.splice(0);
    const told: ControlPlaneTrace[] = [];
    try {
      this.#parts.db.transaction(() => {
        for (const { report } of batch) this.#takeOne(report, told);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const event of told) this.#parts.trace(event);
    for (const { resolve } of batch) resolve();
    this.#parts.onCasts();
  }

  #takeOne(report: AgentReport, told: ControlPlaneTrace[]): void {
    switch (report.kind) {
      case 'status':
        told.push({ kind: 'status-reported', report, after: this.#status(report).kind });
        return;
      case 'sync':
        this.#sync(report.host);
        told.push({ kind: 'sync-requested', host: report.host });
        return;
      case 'ports':
        told.push(this.#ports(report));
    }
  }

  #status(report: Extract<AgentReport, { kind: 'status' }>): AfterReport {
    const { taps, outbox } = this.#parts;
    const isToldAll = outbox.owesSync(report.host);
    if (report.of === 'tap_service') {
      const row = taps.find('tap_service', report.id);
      if (!row) return { kind: 'keep' };
      const after = statusAfterReport(row, report, this.#conditionOfService(row), isToldAll);
      if (after.kind === 'erase') taps.eraseService(row.id);
      else if (after.kind === 'set') taps.setStatus('tap_service', row.id, after.status);
      return after;
    }
    const row = taps.find('tap_flow', report.id);
    if (!row) return { kind: 'keep' };
    const after = statusAfterReport(row, report, this.#conditionOfFlow(row), isToldAll);
    if (after.kind === 'erase') taps.eraseFlow(row);
    else if (after.kind === 'set') taps.setStatus('tap_flow', row.id, after.status);
    return after;
  }

  #conditionOfService(row: TapService): PortCondition | undefined {
    return this.#parts.ports.find(row.port_id);
  }

  /**
   * A flow lives where its source is plugged, and needs its service's port plugged somewhere; whether copies can go there
   * its agent knows best.
   */
  #conditionOfFlow(row: TapFlow): PortCondition | undefined {
    const { taps, ports } = this.#parts;
    const source = ports.find(row.source_port);
    const servicePort = ports.find(taps.service(row.tap_service_id)?.port_id ?? '');
    if (!source || !servicePort) return source;
    const projectId = belongs(row, source) ? servicePort.projectId : source.projectId;
    return { ...source, projectId, plugged: source.plugged && servicePort.plugged };
  }

  /** An agent that comes, maybe mended or on a mended host, gets what it gave up once more. */
  #sync(host: string): void {
    const { taps, outbox, portChanges } = this.#parts;
    for (const row of taps.services().filter(({ status }) => status === 'ERROR')) {
      const port = this.#conditionOfService(row);
      if (port?.host === host && belongs(row, port)) portChanges.retryService(row, newRequestId());
    }
    for (const row of taps.inError('tap_flow')) {
      const port = this.#conditionOfFlow(row);
      if (port?.host === host && belongs(row, port)) taps.setStatus('tap_flow', row.id, 'DOWN');
    }
    outbox.putSync(host);
  }

  #ports(inventory: PortInventory): ControlPlaneTrace {
    const { ports, portChanges } = this.#parts;
    const usable = inventory.ports.filter(({ portId }) => UUID.test(portId));
    const news = ports.newsOf({ ...inventory, ports: usable });
    const concerned = [...news.told.map(({ portId }) => portId), ...news.gone, ...news.readdressed];
    portChanges.around(concerned, newRequestId(), () => ports.take(inventory, news, Date.now()));
    const unusable = inventory.ports.filter((port) => !usable.includes(port)).map(({ interfaceName }) => interfaceName);
    return { kind: 'ports-reported', host: inventory.host, ports: usable.length, unusable };
  }
}
