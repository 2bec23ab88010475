import type { AgentReport } from '../contract/agent-report.ts';
import type { Status } from '../contract/resources.ts';

/** What a port must be for its taps to run: plugged, and of their project. */
export interface PortCondition {
  readonly host: string;
  readonly plugged: boolean;
  readonly projectId: string;
  readonly mac: string | null;
  /** Where tunnels reach its host; null: not known. */
  readonly tunnelAddress: string | null;
}

interface Row {
  readonly status: Status;
  readonly project_id: string;
}

export type AfterReport =
  | { readonly kind: 'keep' }
  | { readonly kind: 'set'; readonly status: Status }
  | { readonly kind: 'erase' };

const KEEP: AfterReport = { kind: 'keep' };

/** Whether taps of the project may use the port: its project may change after they were made. */
export function belongs(row: Pick<Row, 'project_id'>, port: Pick<PortCondition, 'projectId'> | undefined): boolean {
  return port === undefined || port.projectId === row.project_id;
}

/**
 * What an agent's report makes of a row, whose port is as the inventory has it. Reports come late and repeatedly: one
 * from a host that the port has left says nothing any more, nor does ACTIVE of a port that is unplugged by now, since
 * its next plugging brings a report of its own. INACTIVE counts from anybody, but only for what is being deleted. What
 * is given up by an agent that has asked for everything and not been answered (`isToldAll`) is in that answer: it may
 * have lacked only that.
 */
export function statusAfterReport(
  row: Row,
  report: Pick<Extract<AgentReport, { kind: 'status' }>, 'status' | 'host'>,
  port: PortCondition | undefined,
  isToldAll: boolean,
): AfterReport {
  if (row.status === 'PENDING_DELETE') return report.status === 'INACTIVE' ? { kind: 'erase' } : KEEP;
  const current = port === undefined || port.host === report.host;
  if (!current || !belongs(row, port)) return KEEP;
  if (report.status === 'ERROR') return { kind: 'set', status: isToldAll ? 'DOWN' : 'ERROR' };
  if (report.status === 'ACTIVE' && port?.plugged !== false) return { kind: 'set', status: 'ACTIVE' };
  return KEEP;
}

/**
 * What a change of a port means for one of its taps. `cast`: it has come to another place, so the agents are to have it
 * again, and it is DOWN until the one there has confirmed it; what was given up gets a new chance. `stop`: the port is
 * another project's now, so no copy may leave it. `delete`: it is being deleted, and another host's agent is to answer
 * from now on: the one that was asked may never come back. `readdress`: it is where it was, but tunnels reach its host
 * elsewhere, which does not touch what is ACTIVE within the host.
 */
export type PortEffect = 'none' | 'cast' | 'down' | 'stop' | 'delete' | 'readdress';

export function portEffect(row: Row, before: PortCondition | undefined, after: PortCondition | undefined): PortEffect {
  if (row.status === 'PENDING_DELETE') return after && before?.host !== after.host ? 'delete' : 'none';
  if (!belongs(row, after)) return belongs(row, before) ? 'stop' : 'none';
  if (!after?.plugged) return row.status === 'ACTIVE' ? 'down' : 'none';
  const moved = !before?.plugged || before.host !== after.host || before.mac !== after.mac;
  if (moved || !belongs(row, before)) return 'cast';
  return before.tunnelAddress === after.tunnelAddress ? 'none' : 'readdress';
}

/**
 * What it means for a flow that tunnels reach the host of one of its ports elsewhere. Copies within a host do not mind.
 * Those between hosts follow the service, which is told anew, unless nobody knows where to any more; and what could not
 * go before gets a new chance.
 */
export function effectOfAddress(
  { status }: Pick<Row, 'status'>,
  { host, tunnelAddress }: PortCondition,
  other: Pick<PortCondition, 'host'> | undefined,
): 'none' | 'cast' {
  if (host === other?.host) return 'none';
  return status === 'ACTIVE' && tunnelAddress !== null ? 'none' : 'cast';
}
