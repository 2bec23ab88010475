import { type Command, Option } from 'commander';
import { connectFor, type Declaration, describeAsking } from './declaration.ts';
import type { Kind } from './kinds.ts';
import type { ListQuery } from './network-api.ts';
import { addListOptions, listPrinter } from './output-options.ts';
import { addProjectOptions, projectOf } from './project-options.ts';

interface LegacyOptions {
  readonly sortKey?: readonly string[];
  readonly sortDir?: readonly string[];
  readonly pageSize?: string;
}

const HEADING = 'Filters and order, as in python-neutronclient:';

function collect(word: string, words: readonly string[] = []): readonly string[] {
  return [...words, word];
}

/** The attributes that a list can be filtered by; the project has a flag of its own. */
function filterKeys({ attributes }: Kind): string[] {
  return attributes.map(({ key }) => key).filter((key) => key !== 'project_id');
}

function flagOf(key: string): string {
  return `--${key.replaceAll('_', '-')}`;
}

/** python-neutronclient takes any attribute as a filter, and hands order and page size to the server. */
function addLegacyOptions(command: Command, kind: Kind): void {
  const add = (flags: string, description: string) =>
    command.addOption(new Option(flags, description).helpGroup(HEADING));
  for (const key of filterKeys(kind)) add(`${flagOf(key)} <VALUE>`, `only those whose ${key} is this`);
  const repeated = (flags: string, description: string) =>
    command.addOption(new Option(flags, description).argParser(collect).helpGroup(HEADING));
  repeated('--sort-key <ATTRIBUTE>', 'the server sorts by this; can be repeated');
  repeated('--sort-dir <asc|desc>', 'one for each --sort-key');
  add('-P, --page-size <ROWS>', 'ask the server for so many at once');
  command.addOption(new Option('-F, --field <COLUMN>', 'the same as --column').argParser(collect).hideHelp());
  command.addOption(new Option('-D, --show-details', 'nothing is left out anyway').hideHelp());
}

function legacyQuery(command: Command, kind: Kind): ListQuery {
  const { sortKey = [], sortDir = [], pageSize } = command.opts<LegacyOptions>();
  const values = command.opts<Readonly<Record<string, unknown>>>();
  const filters = filterKeys(kind).flatMap((key) => {
    const value = values[new Option(flagOf(key)).attributeName()];
    return typeof value === 'string' ? [[key, value] as const] : [];
  });
  const order = [
    ...sortKey.map((key) => ['sort_key', key] as const),
    ...sortDir.map((dir) => ['sort_dir', dir] as const),
  ];
  return {
    filters: Object.fromEntries(filters),
    parameters: [...order, ...(pageSize ? [['limit', pageSize] as const] : [])],
  };
}

async function list({ command, kind, surroundings, legacy }: Declaration): Promise<void> {
  const print = listPrinter(command, kind.columns, surroundings);
  const { filters = {}, parameters = [] } = legacy ? legacyQuery(command, kind) : {};
  const connection = await connectFor(command, surroundings);
  const project = await projectOf(command, connection);
  await print(await connection.api.list(kind, { filters: { ...filters, ...project }, parameters }));
}

/** tap service list, tap flow list. */
export function declareList(declaration: Declaration): void {
  const { command, kind, legacy } = declaration;
  describeAsking(command, `List ${kind.noun}s`, '--sort-column Name');
  addProjectOptions(command, 'only those of this project', legacy);
  if (legacy) addLegacyOptions(command, kind);
  addListOptions(command, kind.columns);
  command.action(() => list(declaration));
}
