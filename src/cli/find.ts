import { ApiError } from '../contract/api-error.ts';
import { CliError } from './cli-error.ts';
import type { Row } from './decode-answer.ts';
import type { Kind } from './kinds.ts';
import type { NetworkApi } from './network-api.ts';

/** What a server says of a text that is no id of its own: Neutron looks up by primary key, after validation and policy. */
const NOT_BY_ID: readonly number[] = [400, 403, 404];

async function byId(api: NetworkApi, kind: Kind, id: string): Promise<Row | undefined> {
  // A path of dots is another path.
  if (id === '.' || id === '..') return undefined;
  try {
    return await api.show(kind, id);
  } catch (error) {
    if (error instanceof ApiError && NOT_BY_ID.includes(error.status)) return undefined;
    throw error;
  }
}

/**
 * Finds what a user means, as openstacksdk does: the one with that id, else the one with that name.
 * @throws CliError usage for an empty text, not-found, ambiguous; what NetworkApi throws
 */
export async function find(api: NetworkApi, kind: Kind, nameOrId: string): Promise<Row> {
  if (nameOrId === '') throw new CliError('usage', `an empty text is no name or ID of a ${kind.noun}`);
  const found = await byId(api, kind, nameOrId);
  if (found) return found;
  const named = await api.list(kind, { filters: { name: nameOrId } });
  const [first, ...others] = named;
  if (first === undefined) throw new CliError('not-found', `No ${kind.noun} with the name or ID '${nameOrId}' exists.`);
  if (others.length === 0) return first;
  const ids = named.map((row) => String(row['id'])).join(', ');
  throw new CliError('ambiguous', `More than one ${kind.noun} has the name '${nameOrId}': use an ID (${ids}).`);
}

/** The id of what a user means. @throws as `find` */
export async function findId(api: NetworkApi, kind: Kind, nameOrId: string): Promise<string> {
  return String((await find(api, kind, nameOrId))['id']);
}
