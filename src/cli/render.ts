import type { Row } from './decode-answer.ts';
import { labelled, shellAssignments, valueLines, values } from './format-values.ts';
import type { Column } from './kinds.ts';

export const LIST_FORMATS = ['table', 'json', 'yaml', 'csv', 'value'] as const;
/** Also those that make sense for one thing only. */
export const ONE_FORMATS = [...LIST_FORMATS, 'shell'] as const;

export interface Rendering<Format> {
  readonly format: Format;
  readonly columns: readonly Column[];
  /** Colours in tables. */
  readonly colourful: boolean;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Long texts stay on their line, and no two rows share an anchor. */
async function yaml(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Python's QUOTE_NONNUMERIC, which openstackclient uses: all but numbers is quoted, also what is empty. */
async function csv(columns: readonly Column[], rows: readonly Row[]): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  const records = rows.map((row) => columns.map(({ key }) => row[key] ?? ''));
  return stringify([columns.map(({ heading }) => heading), ...records], { quoted_string: true, quoted_empty: true });
}

/** The text for a list. */
export async function renderList(
  { format, columns, colourful }: Rendering<(typeof LIST_FORMATS)[number]>,
  rows: readonly Row[],
): Promise<string> {
  switch (format) {
    case 'table':
      return (await import('./format-table.ts')).listTable(columns, rows, colourful);
    case 'json':
      return json(rows.map((row) => labelled(columns, row)));
    case 'yaml':
      return await yaml(rows.map((row) => labelled(columns, row)));
    case 'csv':
      return await csv(columns, rows);
    case 'value':
      return valueLines(columns, rows);
    default:
      return format satisfies never;
  }
}

/** The text for one thing. As CSV it is a list of one. */
export async function renderOne(
  { format, columns, colourful }: Rendering<(typeof ONE_FORMATS)[number]>,
  row: Row,
): Promise<string> {
  switch (format) {
    case 'table':
      return (await import('./format-table.ts')).oneTable(columns, row, colourful);
    case 'json':
      return json(labelled(columns, row));
    case 'yaml':
      return await yaml(labelled(columns, row));
    case 'csv':
      return await csv(columns, [row]);
    case 'value':
      return values(columns, row);
    case 'shell':
      return shellAssignments(columns, row);
    default:
      return format satisfies never;
  }
}
