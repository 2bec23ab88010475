import type { AtomType, ColumnType } from './column-type.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Columns, Tables } from './row.ts';

const members = (json: Json | undefined): JsonObject => (isJsonObject(json) ? json : {});

/** A `<base-type>` is a name or an object with the name in `type` (RFC 7047 section 3.2). */
const base = (json: Json | undefined): JsonObject => (isJsonObject(json) ? json : { type: json ?? null });

function atomFits(declared: AtomType, json: Json | undefined): boolean {
  const { type, enum: values } = base(json);
  if (declared.kind !== 'enumeration') return type === declared.kind;
  if (type !== 'string' || values === undefined) return false;
  const allowed = isJsonArray(values) && isJsonArray(values[1]) ? values[1] : [values];
  return allowed.every((value) => typeof value === 'string' && declared.values.includes(value));
}

function typeFits(declared: ColumnType, json: Json | undefined): boolean {
  const type = isJsonObject(json) ? json : { key: json ?? null };
  const { key, value, min = 1, max = 1 } = type;
  switch (declared.kind) {
    case 'map':
      return value !== undefined && max !== 1 && atomFits(declared.key, key) && atomFits(declared.value, value);
    case 'set':
      return value === undefined && max !== 1 && atomFits(declared.of, key);
    case 'optional':
      return value === undefined && min === 0 && max === 1 && atomFits(declared.of, key);
    default:
      return value === undefined && min === 1 && max === 1 && atomFits(declared, key);
  }
}

function describe(type: ColumnType): string {
  if (type.kind === 'optional' || type.kind === 'set') return `${type.kind}(${describe(type.of)})`;
  if (type.kind === 'map') return `map(${describe(type.key)}, ${describe(type.value)})`;
  if (type.kind === 'enumeration') return `enumeration(${type.values.join(', ')})`;
  return type.kind;
}

function tableProblems(table: string, columns: Columns, json: JsonObject): readonly string[] {
  return Object.entries(columns).flatMap(([name, declared]) => {
    const column = json[name];
    if (!isJsonObject(column)) return [`${table} has no column ${name}`];
    if (typeFits(declared, column['type'])) return [];
    return [`${table}.${name} is declared ${describe(declared)} but is ${JSON.stringify(column['type'])}`];
  });
}

/**
 * Compares a declaration with a `<database-schema>` (RFC 7047 section 3.2). Answers one line for each table or column that
 * the schema lacks or has with another type; none when all fit. Maps that hold at most one pair are not supported.
 */
export function checkSchema(tables: Tables, schema: Json): readonly string[] {
  const known = members(members(schema)['tables']);
  return Object.entries(tables).flatMap(([table, columns]) => {
    const json = known[table];
    if (!isJsonObject(json)) return [`there is no table ${table}`];
    return tableProblems(table, columns, members(json['columns']));
  });
}
