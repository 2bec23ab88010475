import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { Row } from './decode-answer.ts';
import { cellText } from './format-values.ts';
import type { Column } from './kinds.ts';

/** The look of prettytable, which openstackclient uses. */
const FRAME = {
  top: '-',
  'top-mid': '+',
  'top-left': '+',
  'top-right': '+',
  bottom: '-',
  'bottom-mid': '+',
  'bottom-left': '+',
  'bottom-right': '+',
  left: '|',
  'left-mid': '+',
  mid: '-',
  'mid-mid': '+',
  right: '|',
  'right-mid': '+',
  middle: '|',
};

const COLOURS: ReadonlyMap<string, 'green' | 'red' | 'yellow'> = new Map([
  ['ACTIVE', 'green'],
  ['ERROR', 'red'],
  ['DOWN', 'yellow'],
  ['PENDING_DELETE', 'yellow'],
]);

/** Names are anybody's text: what would move the cursor or change colours is shown by its number. */
function printable(text: string): string {
  const lines = text.replace(/\r\n/g, '\n');
  return lines.replace(/(?!\n)\p{Cc}/gu, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function cell(row: Row, { key }: Column, colourful: boolean): string {
  const text = printable(cellText(row[key]));
  const colour = colourful && key === 'status' ? COLOURS.get(text) : undefined;
  return colour ? styleText(colour, text, { validateStream: false }) : text;
}

function framed(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // Without colours of the table's own, and without a line between two rows.
  const table = new Table({ head: [...head], chars: FRAME, style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return `${table.toString()}\n`;
}

/** A table of many; an empty line when there is none, as openstackclient prints it. */
export function listTable(columns: readonly Column[], rows: readonly Row[], colourful: boolean): string {
  if (rows.length === 0) return '\n';
  const headings = columns.map(({ heading }) => heading);
  return framed(
    headings,
    rows.map((row) => columns.map((column) => cell(row, column, colourful))),
  );
}

/** A table of one, a line for each attribute. */
export function oneTable(columns: readonly Column[], row: Row, colourful: boolean): string {
  return framed(
    ['Field', 'Value'],
    columns.map((column) => [column.heading, cell(row, column, colourful)]),
  );
}
