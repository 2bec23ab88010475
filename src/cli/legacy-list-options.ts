import { type Command, Option } from 'commander';
import { collect } from './collect.ts';
import type { Kind } from './kinds.ts';
import type { ListQuery } from './network-api.ts';

interface LegacyOptions {
  readonly sortKey?: readonly string[];
  readonly sortDir?: readonly string[];
  readonly pageSize?: string;
}

const HEADING = 'Filters and order, as in python-neutronclient:';

/** The attributes that a list can be filtered by; the project has a flag of its own. */
function filterKeys({ attributes }: Kind): string[] {
  return attributes.map(({ key }) => key).filter((key) => key !== 'project_id');
}

function filterOption(key: string): Option {
  return new Option(`--${key.replaceAll('_', '-')} <VALUE>`, `only those whose ${key} is this`);
}

/** python-neutronclient takes any attribute as a filter, and hands order and page size to the server. */
export function addLegacyListOptions(command: Command, kind: Kind): void {
  const options = [
    ...filterKeys(kind).map(filterOption),
    new Option('--sort-key <ATTRIBUTE>', 'the server sorts by this; can be repeated').argParser(collect),
    new Option('--sort-dir <asc|desc>', 'one for each --sort-key').argParser(collect),
    new Option('-P, --page-size <ROWS>', 'ask the server for so many at once'),
    new Option('-F, --field <COLUMN>', 'the same as --column').argParser(collect).hideHelp(),
    new Option('-D, --show-details', 'nothing is left out anyway').hideHelp(),
  ];
  for (const option of options) command.addOption(option.helpGroup(HEADING));
}

/** What those options ask of the server. */
export function legacyListQuery(command: Command, kind: Kind): Required<ListQuery> {
  const { sortKey = [], sortDir = [], pageSize } = command.opts<LegacyOptions>();
  const values = command.opts<Readonly<Record<string, unknown>>>();
  const filters = filterKeys(kind).flatMap((key) => {
    const value = values[filterOption(key).attributeName()];
    return typeof value === 'string' ? [[key, value] as const] : [];
  });
  const keys = sortKey.map((key) => ['sort_key', key] as const);
  const directions = sortDir.map((direction) => ['sort_dir', direction] as const);
  const limit = pageSize === undefined ? [] : [['limit', pageSize] as const];
  return { filters: Object.fromEntries(filters), parameters: [...keys, ...directions, ...limit] };
}
