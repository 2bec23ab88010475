import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';
import { OvsdbError } from './ovsdb-error.ts';
import type { Uuid } from './row.ts';

/** What happens to one row, whichever of the three notifications said so. */
export type RowUpdate =
  | { readonly kind: 'write'; readonly row: JsonObject }
  | { readonly kind: 'modify'; readonly difference: JsonObject }
  | { readonly kind: 'delete' };

export interface TableUpdate {
  readonly table: string;
  readonly uuid: Uuid;
  readonly update: RowUpdate;
}

function malformed(what: string): OvsdbError {
  return new OvsdbError('protocol', `received malformed ${what}`);
}

/**
 * One `<row-update>` (RFC 7047 section 4.1.6: `old`, `new`) or `<row-update2>` (ovsdb-server(7) section 4.1.14: `initial`,
 * `insert`, `modify`, `delete`). Their members do not overlap, so one reader does for both.
 */
function decodeRowUpdate(json: Json): RowUpdate {
  if (!isJsonObject(json)) throw malformed('row update');
  const written = json['new'] ?? json['initial'] ?? json['insert'];
  if (isJsonObject(written)) return { kind: 'write', row: written };
  if (isJsonObject(json['modify'])) return { kind: 'modify', difference: json['modify'] };
  if ('delete' in json || 'old' in json) return { kind: 'delete' };
  throw malformed('row update');
}

/** Reads `<table-updates>` or `<table-updates2>`. @throws OvsdbError `protocol` */
export function decodeTableUpdates(json: Json | undefined): readonly TableUpdate[] {
  if (!isJsonObject(json)) throw malformed('table updates');
  return Object.entries(json).flatMap(([table, rows]) => {
    if (!isJsonObject(rows)) throw malformed('table updates');
    return Object.entries(rows).map(([uuid, row]) => ({ table, uuid, update: decodeRowUpdate(row) }));
  });
}

/** What a monitor's reply or notification brings. */
export interface MonitorUpdates {
  /** The updates continue what the client already has; otherwise they are everything. */
  readonly resumed: boolean;
  /** From where to resume later; undefined where the method does not tell. */
  readonly lastTransaction: string | undefined;
  readonly updates: readonly TableUpdate[];
}

export type MonitorMethod = 'monitor_cond_since' | 'monitor_cond' | 'monitor';

/** Reads the result of a monitor request. @throws OvsdbError `protocol` */
export function decodeMonitorReply(method: MonitorMethod, result: Json): MonitorUpdates {
  if (method !== 'monitor_cond_since') {
    return { resumed: false, lastTransaction: undefined, updates: decodeTableUpdates(result) };
  }
  if (!isJsonArray(result) || typeof result[1] !== 'string') throw malformed('reply to monitor_cond_since');
  return { resumed: result[0] === true, lastTransaction: result[1], updates: decodeTableUpdates(result[2]) };
}

/** Reads the parameters of `update`, `update2` or `update3`. @throws OvsdbError `protocol` */
export function decodeMonitorNotification(method: string, params: readonly Json[]): MonitorUpdates {
  if (method !== 'update3') {
    return { resumed: true, lastTransaction: undefined, updates: decodeTableUpdates(params[1]) };
  }
  if (typeof params[1] !== 'string') throw malformed('update3');
  return { resumed: true, lastTransaction: params[1], updates: decodeTableUpdates(params[2]) };
}
