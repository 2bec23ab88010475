import type { Attribute } from './attribute.ts';
import type { ListQuery, Sort } from './list-query.ts';

/** A row as the API shows it. */
export interface Row {
  readonly id: string;
}

/** Names are those of attributes, checked before. */
const shownAt = (row: Row, name: string): unknown => Reflect.get(row, name);

type AnyAttributes = Readonly<Record<string, Attribute>>;

const FLAGS = { true: ['true', '1', 'yes', 'on'], false: ['false', '0', 'no', 'off'] };

/** Null counts as empty; a list matches what it has in it. */
function matches(value: unknown, text: string): boolean {
  if (Array.isArray(value)) return value.some((entry) => matches(entry, text));
  if (typeof value === 'boolean') return FLAGS[`${value}`].includes(text.toLowerCase());
  return String(value ?? '') === text;
}

/** In the form that the attribute is stored in, such as a UUID in lower case. What is no value of it matches nothing. */
function asStored(text: string, attribute: Attribute | undefined): string {
  const result = attribute?.schema.safeParse(text);
  return result?.success && typeof result.data === 'string' ? result.data : text;
}

function filtered<R extends Row>(
  rows: readonly R[],
  filters: ListQuery['filters'],
  attributes: AnyAttributes,
): readonly R[] {
  const wanted = [...filters].map(([name, texts]) => ({
    name,
    texts: texts.map((text) => asStored(text, attributes[name])),
  }));
  return rows.filter((row) =>
    wanted.every(({ name, texts }) => texts.some((text) => matches(shownAt(row, name), text))),
  );
}

/** Null comes first, ascending. */
function order(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  const [x, y] = [a as string | number | boolean, b as string | number | boolean];
  return Number(x > y) - Number(x < y);
}

function sorted<R extends Row>(rows: readonly R[], sorts: readonly Sort[]): readonly R[] {
  return rows.toSorted((a, b) => {
    for (const { key, ascending } of sorts) {
      const ordered = order(shownAt(a, key), shownAt(b, key));
      if (ordered !== 0) return ascending ? ordered : -ordered;
    }
    return 0;
  });
}

function paged<R extends Row>(rows: readonly R[], { limit, marker, reverse }: ListQuery): readonly R[] {
  if (limit === null) return rows;
  const at = marker === null ? null : rows.findIndex((row) => row.id === marker);
  if (at === -1) return [];
  if (reverse) {
    const end = at ?? rows.length;
    return rows.slice(Math.max(end - limit, 0), end);
  }
  const start = at === null ? 0 : at + 1;
  return rows.slice(start, start + limit);
}

/** The rows that a list is asked for: filtered, sorted (stable), one page of them. As neutron/api/api_common.py emulates it. */
export function selectRows<R extends Row>(
  rows: readonly R[],
  query: ListQuery,
  attributes: AnyAttributes,
): readonly R[] {
  return paged(sorted(filtered(rows, query.filters, attributes), query.sorts), query);
}

/** Only the fields named; all of them when none is. Names that there are not are passed over. */
export function pickFields(row: Row, fields: readonly string[]): object {
  const wanted = fields.filter((field) => field !== '');
  if (wanted.length === 0) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => wanted.includes(name)));
}
