import type { Condition, Mutation } from './clause.ts';
import { type ColumnType, set, string, uuid } from './column-type.ts';
import { decodeValue } from './decode-value.ts';
import { encodeValue } from './encode-value.ts';
import type { Json, JsonObject } from './json.ts';
import type {
  AbortOperation,
  AssertOperation,
  CommentOperation,
  CommitOperation,
  DeleteOperation,
  InsertOperation,
  MutateOperation,
  SelectOperation,
  SelectResult,
  UpdateOperation,
  WaitOperation,
} from './operation.ts';
import { OvsdbError } from './ovsdb-error.ts';
import type { AnyRow, ColumnName, Columns, NamedUuid, RowOf, TableName, Tables, Uuid, WrittenRow } from './row.ts';

type RowColumn<C extends Columns> = ColumnName<C> | '_uuid';
type SelectedRow<C extends Columns, N extends RowColumn<C>> = Pick<RowOf<C> & { readonly _uuid: Uuid }, N>;

/** Makes operations for the declared tables: only values; nothing is sent until they are given to `transact`. */
export interface Operations<T extends Tables> {
  /** RFC 7047 section 5.2.1; `uuidName` lets other operations of the transaction refer to the new row by `{ named }`. */
  insert<N extends TableName<T>>(table: N, row: WrittenRow<T[N]>, uuidName?: NamedUuid): InsertOperation;
  /** RFC 7047 section 5.2.2. Its result is to be read with `rows`. */
  select<N extends TableName<T>>(
    table: N,
    where: readonly Condition<T[N]>[],
    columns: readonly RowColumn<T[N]>[],
  ): SelectOperation;
  /** RFC 7047 section 5.2.3. */
  update<N extends TableName<T>>(table: N, where: readonly Condition<T[N]>[], row: WrittenRow<T[N]>): UpdateOperation;
  /** RFC 7047 section 5.2.4. The mutations are done in their order. */
  mutate<N extends TableName<T>>(
    table: N,
    where: readonly Condition<T[N]>[],
    mutations: readonly Mutation<T[N]>[],
  ): MutateOperation;
  /** RFC 7047 section 5.2.5. */
  delete<N extends TableName<T>>(table: N, where: readonly Condition<T[N]>[]): DeleteOperation;
  /** RFC 7047 section 5.2.6. `timeout` in ms, at once when 0, without end when left out. */
  wait<N extends TableName<T>, K extends ColumnName<T[N]>>(
    table: N,
    where: readonly Condition<T[N]>[],
    columns: readonly K[],
    until: '==' | '!=',
    rows: readonly Pick<WrittenRow<T[N]>, K>[],
    timeout?: number,
  ): WaitOperation;
  /** RFC 7047 section 5.2.7: the reply comes when the transaction is on disk. */
  commit(durable: boolean): CommitOperation;
  /** RFC 7047 section 5.2.8. */
  abort(): AbortOperation;
  /** RFC 7047 section 5.2.9: goes into the server's log of transactions. */
  comment(comment: string): CommentOperation;
  /** RFC 7047 section 5.2.10: the transaction fails with `not owner` unless this client holds the lock. */
  assert(lock: string): AssertOperation;
  /** Decodes the result of a `select` of these columns. */
  rows<N extends TableName<T>, K extends RowColumn<T[N]>>(
    table: N,
    columns: readonly K[],
    result: SelectResult,
  ): readonly SelectedRow<T[N], K>[];
}

function typeOf(columns: Columns, column: string): ColumnType {
  const type = column === '_uuid' ? uuid : columns[column];
  if (type === undefined) throw new OvsdbError('value', `column ${column} is not declared`);
  return type;
}

function encodeRow(columns: Columns, row: Readonly<Record<string, unknown>>): JsonObject {
  const entries = Object.entries(row).map(([name, value]) => [name, encodeValue(typeOf(columns, name), value)]);
  return Object.fromEntries(entries) as JsonObject;
}

type AnyClause = readonly [string, string, unknown];

function encodeWhere(columns: Columns, where: readonly AnyClause[]): readonly Json[] {
  return where.map(([column, test, value]) => [column, test, encodeValue(typeOf(columns, column), value)]);
}

/** The argument is of the column's type, save that pairs of a map are deleted by their keys as well. */
function encodeMutation(columns: Columns, [column, mutator, value]: AnyClause): Json {
  const type = typeOf(columns, column);
  const byKey = type.kind === 'map' && mutator === 'delete' && !(value instanceof Map);
  return [column, mutator, encodeValue(byKey ? set(type.key) : type, value)];
}

function decodeSelected(columns: Columns, names: readonly string[], row: JsonObject): AnyRow {
  return Object.fromEntries(names.map((name) => [name, decodeValue(typeOf(columns, name), row[name])]));
}

function checkedName(name: NamedUuid): string {
  encodeValue(uuid, name);
  return name.named;
}

function checkedText(text: string): string {
  encodeValue(string, text);
  return text;
}

function columnsOf(tables: Tables, table: string): Columns {
  const columns = tables[table];
  if (columns === undefined) throw new OvsdbError('value', `table ${table} is not declared`);
  return columns;
}

/**
 * The operations of RFC 7047 section 5.2 over a declaration of tables.
 * Each throws OvsdbError `value` for what does not fit the declaration.
 */
export function operationsFor<T extends Tables>(tables: T): Operations<T> {
  const where = (table: string, clauses: readonly AnyClause[]) => encodeWhere(columnsOf(tables, table), clauses);
  const rowOf = (table: string, row: Readonly<Record<string, unknown>>) => encodeRow(columnsOf(tables, table), row);
  return {
    insert: (table, row, uuidName) => {
      const operation: InsertOperation = { op: 'insert', table, row: rowOf(table, row) };
      return uuidName === undefined ? operation : { ...operation, 'uuid-name': checkedName(uuidName) };
    },
    select: (table, clauses, columns) => ({ op: 'select', table, where: where(table, clauses), columns }),
    update: (table, clauses, row) => ({ op: 'update', table, where: where(table, clauses), row: rowOf(table, row) }),
    mutate: (table, clauses, mutations) => {
      const encoded = mutations.map((mutation) => encodeMutation(columnsOf(tables, table), mutation));
      return { op: 'mutate', table, where: where(table, clauses), mutations: encoded };
    },
    delete: (table, clauses) => ({ op: 'delete', table, where: where(table, clauses) }),
    wait: (table, clauses, columns, until, rows, timeout) => {
      const encoded = rows.map((row) => rowOf(table, row));
      const operation: WaitOperation = {
        op: 'wait',
        table,
        where: where(table, clauses),
        columns,
        until,
        rows: encoded,
      };
      return timeout === undefined ? operation : { ...operation, timeout };
    },
    commit: (durable) => ({ op: 'commit', durable }),
    abort: () => ({ op: 'abort' }),
    comment: (comment) => ({ op: 'comment', comment: checkedText(comment) }),
    assert: (lock) => ({ op: 'assert', lock: checkedText(lock) }),
    rows: <N extends TableName<T>, K extends RowColumn<T[N]>>(table: N, names: readonly K[], result: SelectResult) => {
      // The declaration, from which the row's type follows, is what it was just decoded against.
      return result.rows.map((row) => decodeSelected(columnsOf(tables, table), names, row) as SelectedRow<T[N], K>);
    },
  };
}
