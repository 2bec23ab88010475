import type { Worker } from '../pacing/worker.ts';
import { AgentDesk } from './agent-desk.ts';
import { type CastPort, castSender } from './cast-sender.ts';
import { Caster, newRequestId } from './caster.ts';
import { ControlPlane, type ControlPlaneLimits } from './control-plane.ts';
import type { ControlPlaneTrace } from './control-plane-trace.ts';
import { Database } from './database.ts';
import { requestPortsMessage } from './messages.ts';
import { Outbox } from './outbox.ts';
import { PortChanges } from './port-changes.ts';
import { PortTables } from './port-tables.ts';
import { TapTables } from './tap-tables.ts';

export interface ControlPlaneOptions {
  /** The SQLite file; `:memory:` is one that goes with the process. */
  readonly database: string;
  readonly limits: ControlPlaneLimits;
  readonly castPort: CastPort;
  readonly trace: (event: ControlPlaneTrace) => void;
}

/** The control plane over one database. */
export interface OpenControlPlane {
  /** For callers of the API. */
  readonly controlPlane: ControlPlane;
  /** For agents. */
  readonly desk: AgentDesk;
  /** Sends the outbox; not started. */
  readonly sender: Worker;
  /** Asks all agents for their ports. */
  requestPorts(): void;
  /** How many casts the broker has not confirmed. @throws what SQLite throws when the database is gone. */
  unsentCasts(): number;
  close(): void;
}

/** @throws ControlPlaneError */
export function openControlPlane({ database, limits, castPort, trace }: ControlPlaneOptions): OpenControlPlane {
  const db = new Database(database);
  const taps = new TapTables(db);
  const ports = new PortTables(db);
  const outbox = new Outbox(db);
  const caster = new Caster({ port: (id) => ports.find(id), service: (id) => taps.service(id) }, outbox);
  const portChanges = new PortChanges(taps, ports, caster);
  const sender = castSender({ taps, ports, outbox, port: castPort, trace });
  const onCasts = () => sender.wake();
  return {
    controlPlane: new ControlPlane({ db, taps, ports, caster, portChanges, limits, onCasts }),
    desk: new AgentDesk({ db, taps, ports, outbox, portChanges, onCasts, trace }),
    sender,
    requestPorts: () => {
      caster.put(requestPortsMessage, newRequestId());
      onCasts();
    },
    unsentCasts: () => outbox.size(),
    close: () => db.close(),
  };
}
