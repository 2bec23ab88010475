import { applyDifference } from './apply-difference.ts';
import { assertNever } from './assert-never.ts';
import { decodeValue } from './decode-value.ts';
import { defaultValue } from './default-value.ts';
import { equalValues } from './equal-values.ts';
import type { JsonObject } from './json.ts';
import { OvsdbError } from './ovsdb-error.ts';
import type { AnyRow, Columns, RowOf, TableName, Tables, Uuid } from './row.ts';
import type { RowUpdate, TableUpdate } from './table-updates.ts';

/**
 * A row before and after; undefined where it did not or does not exist. Rows are never altered, but replaced. The table
 * tells the type of the rows.
 */
export type RowChange<T extends Tables> = {
  readonly [N in TableName<T>]: {
    readonly table: N;
    readonly uuid: Uuid;
    readonly before: RowOf<T[N]> | undefined;
    readonly after: RowOf<T[N]> | undefined;
  };
}[TableName<T>];

/** What one notification, or one synchronisation after connecting, changed: all of it at once. */
export interface Change<T extends Tables> {
  readonly kind: 'synchronised' | 'updated';
  readonly tables: ReadonlySet<TableName<T>>;
  readonly rows: readonly RowChange<T>[];
}

interface Step {
  readonly table: string;
  readonly uuid: Uuid;
  readonly before: AnyRow | undefined;
  readonly after: AnyRow | undefined;
}

function rowFrom(columns: Columns, json: JsonObject): AnyRow {
  const entries = Object.entries(columns).map(([name, type]) => {
    const value = json[name];
    return [name, value === undefined ? defaultValue(type) : decodeValue(type, value)];
  });
  return Object.freeze(Object.fromEntries(entries));
}

function rowChanged(columns: Columns, row: AnyRow, difference: JsonObject): AnyRow {
  const changed = { ...row };
  for (const [name, type] of Object.entries(columns)) {
    const part = difference[name];
    if (part !== undefined) changed[name] = applyDifference(type, row[name], decodeValue(type, part));
  }
  return Object.freeze(changed);
}

function equalRows(columns: Columns, a: AnyRow, b: AnyRow): boolean {
  return Object.keys(columns).every((name) => equalValues(a[name], b[name]));
}

/**
 * The declared tables and columns as the database has them, in memory. A batch of updates is decoded whole before any of
 * it is applied: it shows entirely or, when it is faulty, not at all.
 */
export class Replica<T extends Tables> {
  readonly #declared: T;
  readonly #tables: ReadonlyMap<string, Map<Uuid, AnyRow>>;

  constructor(tables: T) {
    this.#declared = tables;
    this.#tables = new Map(Object.keys(tables).map((name) => [name, new Map()]));
  }

  /** The rows of a table by UUID: a live view. A row that changes is replaced by another object. */
  table<N extends TableName<T>>(name: N): ReadonlyMap<Uuid, RowOf<T[N]>> {
    // The rows were decoded against the very declaration that their type follows from.
    return this.#rows(name) as ReadonlyMap<Uuid, AnyRow> as ReadonlyMap<Uuid, RowOf<T[N]>>;
  }

  /** Applies updates to what is there. @throws OvsdbError `protocol` or `value`, with nothing applied */
  amend(updates: readonly TableUpdate[], kind: Change<T>['kind']): Change<T> {
    const steps = updates.map(({ table, uuid, update }) => {
      const before = this.#rows(table).get(uuid);
      return { table, uuid, before, after: this.#after(table, uuid, before, update) };
    });
    return this.#commit(steps, kind);
  }

  /** Puts the given rows in the place of all that is there. @throws OvsdbError `protocol` or `value`, with nothing applied */
  replace(updates: readonly TableUpdate[]): Change<T> {
    const steps = new Map<string, Step>();
    for (const [table, rows] of this.#tables) {
      for (const [uuid, before] of rows) steps.set(`${table}/${uuid}`, { table, uuid, before, after: undefined });
    }
    for (const { table, uuid, update } of updates) {
      const before = this.#rows(table).get(uuid);
      const written = this.#after(table, uuid, undefined, update);
      // A row that is as it was stays the same object, so that its identity tells of change.
      const same = before && written && equalRows(this.#columns(table), before, written);
      steps.set(`${table}/${uuid}`, { table, uuid, before, after: same ? before : written });
    }
    return this.#commit(
      [...steps.values()].filter((step) => step.before !== step.after),
      'synchronised',
    );
  }

  #after(table: string, uuid: Uuid, before: AnyRow | undefined, update: RowUpdate): AnyRow | undefined {
    switch (update.kind) {
      case 'write':
        return rowFrom(this.#columns(table), update.row);
      case 'modify':
        if (before === undefined)
          throw new OvsdbError('protocol', `received a change of unknown row ${uuid} of ${table}`);
        return rowChanged(this.#columns(table), before, update.difference);
      case 'delete':
        return undefined;
      default:
        return assertNever(update);
    }
  }

  #commit(steps: readonly Step[], kind: Change<T>['kind']): Change<T> {
    for (const { table, uuid, after } of steps) {
      if (after === undefined) this.#rows(table).delete(uuid);
      else this.#rows(table).set(uuid, after);
    }
    const tables = new Set(steps.map((step) => step.table));
    return { kind, tables, rows: steps } as unknown as Change<T>;
  }

  #columns(table: string): Columns {
    const columns = this.#declared[table];
    if (columns === undefined) throw new OvsdbError('protocol', `received table ${table}, which was not asked for`);
    return columns;
  }

  #rows(table: string): Map<Uuid, AnyRow> {
    const rows = this.#tables.get(table);
    if (rows === undefined) throw new OvsdbError('protocol', `received table ${table}, which was not asked for`);
    return rows;
  }
}
