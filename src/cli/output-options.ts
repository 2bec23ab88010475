import { type Command, Option } from 'commander';
import { chooseColumns, sortColumns } from './choose-columns.ts';
import { collect } from './collect.ts';
import type { Row } from './decode-answer.ts';
import type { Column } from './kinds.ts';
import { LIST_FORMATS, ONE_FORMATS, type Rendering, renderList, renderOne } from './render.ts';
import { sortRows } from './sort-rows.ts';
import { isColourful, type Surroundings } from './surroundings.ts';

const HEADING = 'Output:';

interface Chosen<Format> {
  readonly format: Format;
  readonly column?: readonly string[];
  /** Its name in python-neutronclient. */
  readonly field?: readonly string[];
}

interface ChosenForList extends Chosen<(typeof LIST_FORMATS)[number]> {
  readonly sortColumn?: readonly string[];
  readonly sortDescending?: boolean;
}

/** Choices for a shell to complete; which of them is meant is found out where it is used. */
function columnOption(flags: string, description: string, columns: readonly Column[]): Option {
  const option = new Option(flags, description).choices(columns.map(({ heading }) => heading));
  return option.argParser(collect).helpGroup(HEADING);
}

function addFormat(command: Command, formats: readonly string[], columns: readonly Column[]): void {
  const format = new Option('-f, --format <FORMAT>', 'how to print it').choices(formats).default('table');
  command.addOption(format.helpGroup(HEADING));
  command.addOption(columnOption('-c, --column <COLUMN>', 'print only this column; can be repeated', columns));
}

/** Adds the options that say how one thing is printed. */
export function addOneOptions(command: Command, columns: readonly Column[]): void {
  addFormat(command, ONE_FORMATS, columns);
}

/** Adds the options that say how a list is printed. */
export function addListOptions(command: Command, columns: readonly Column[]): void {
  addFormat(command, LIST_FORMATS, columns);
  command.addOption(columnOption('--sort-column <COLUMN>', 'sort by this column; can be repeated', columns));
  command.addOption(new Option('--sort-descending', 'the greatest first').helpGroup(HEADING));
}

function rendering<Format>(
  columns: readonly Column[],
  { format, column = [], field = [] }: Chosen<Format>,
  surroundings: Surroundings,
): Rendering<Format> {
  const colourful = isColourful(surroundings.stdout, surroundings);
  return { format, columns: chooseColumns(columns, [...column, ...field]), colourful };
}

/**
 * What prints a thing as the user wants it: made before anything is asked for, so that nothing is done when that makes no
 * sense.
 * @throws CliError usage
 */
export function onePrinter(command: Command, columns: readonly Column[], surroundings: Surroundings) {
  const chosen = rendering(columns, command.opts<Chosen<(typeof ONE_FORMATS)[number]>>(), surroundings);
  return async (row: Row): Promise<void> => {
    surroundings.stdout.write(await renderOne(chosen, row));
  };
}

/**
 * The same for a list.
 * @throws CliError usage
 */
export function listPrinter(command: Command, columns: readonly Column[], surroundings: Surroundings) {
  const options = command.opts<ChosenForList>();
  const chosen = rendering(columns, options, surroundings);
  const order = sortColumns(columns, options.sortColumn);
  return async (rows: readonly Row[]): Promise<void> => {
    surroundings.stdout.write(await renderList(chosen, sortRows(rows, order, options.sortDescending === true)));
  };
}
