import type { Row } from './decode-answer.ts';
import type { Column } from './kinds.ts';

/** As Python prints it: openstackclient shows None for null. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** One line for each row, its values with spaces between. */
export function valueLines(columns: readonly Column[], rows: readonly Row[]): string {
  return rows.map((row) => `${columns.map(({ key }) => cellText(row[key])).join(' ')}\n`).join('');
}

/** One line for each value. */
export function values(columns: readonly Column[], row: Row): string {
  return columns.map(({ key }) => `${cellText(row[key])}\n`).join('');
}

/**
 * Assignments to `eval` in a shell. In single quotes, in which a shell expands nothing, where openstackclient has double
 * ones: names are anybody's text. What is not there is an empty text.
 */
export function shellAssignments(columns: readonly Column[], row: Row): string {
  const quoted = (value: unknown) => `'${cellText(value ?? '').replaceAll("'", "'\\''")}'`;
  return columns.map(({ heading, key }) => `${heading}=${quoted(row[key])}\n`).join('');
}

/** With the headings as keys. */
export function labelled(columns: readonly Column[], row: Row): Readonly<Record<string, unknown>> {
  return Object.fromEntries(columns.map(({ heading, key }) => [heading, row[key] ?? null]));
}
