import { CliError } from './cli-error.ts';
import type { Column } from './kinds.ts';

function plain(word: string): string {
  return word.toLowerCase().replace(/[ -]/g, '_');
}

function isNamed(column: Column, word: string): boolean {
  return plain(column.heading) === plain(word) || column.key === plain(word);
}

/**
 * The column that a word means: its heading or its attribute, in upper or lower case.
 * @throws CliError usage, with the columns that there are.
 */
function columnOf(word: string, columns: readonly Column[]): Column {
  const found = columns.find((column) => isNamed(column, word));
  if (found) return found;
  const known = columns.map(({ heading }) => heading).join(', ');
  throw new CliError('usage', `there is no column ${word}; there are ${known}`);
}

/**
 * The columns that are asked for, in their own order as in openstackclient; all when none is.
 * @throws CliError usage
 */
export function chooseColumns(columns: readonly Column[], words: readonly string[] = []): readonly Column[] {
  if (words.length === 0) return columns;
  const chosen = words.map((word) => columnOf(word, columns));
  return columns.filter((column) => chosen.includes(column));
}

/**
 * Which columns to sort by, the first first.
 * @throws CliError usage
 */
export function sortColumns(columns: readonly Column[], words: readonly string[] = []): readonly Column[] {
  return words.map((word) => columnOf(word, columns));
}
