import { ApiError, badRequest } from '../contract/api-error.ts';
import type { Attribute } from './attribute.ts';
import { isScalar } from './attribute-values.ts';
import { pythonRepr } from './python-text.ts';

/** What a list is asked for, checked. */
export interface ListQuery {
  /** The texts that an attribute may have: one of them, for each attribute named. */
  readonly filters: ReadonlyMap<string, readonly string[]>;
  readonly sorts: readonly Sort[];
  /** The most rows of a page; null: no pages. */
  readonly limit: number | null;
  /** The id after which a page begins; before which it ends when `reverse`. */
  readonly marker: string | null;
  readonly reverse: boolean;
}

export interface Sort {
  readonly key: string;
  readonly ascending: boolean;
}

type AnyAttributes = Readonly<Record<string, Attribute>>;

/**
 * The last two are what clients send by mistake, and Neutron passes over: `openstack tap service list --project` of
 * tap-as-a-service 10, and `neutron tap-service-list --show-details`.
 */
const NO_FILTERS = ['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse', 'params', 'verbose'];

function last(parameters: URLSearchParams, name: string): string | null {
  return parameters.getAll(name).at(-1) ?? null;
}

/** Ours: an unknown name is refused, as a filter that was mistyped and passed over would show everything. */
function readFilters(parameters: URLSearchParams, attributes: AnyAttributes): ListQuery['filters'] {
  const names = [...new Set(parameters.keys())].filter((name) => !NO_FILTERS.includes(name));
  const unknown = names.filter((name) => !Object.hasOwn(attributes, name));
  if (unknown.length > 0) throw badRequest(`${pythonRepr(unknown)} is invalid attribute for filtering`);
  return new Map(names.map((name) => [name, parameters.getAll(name)]));
}

/** The cap holds for those too who ask for no limit. */
function readLimit(parameters: URLSearchParams, cap: number | null): number | null {
  const text = last(parameters, 'limit') ?? '0';
  if (!/^[0-9]+$/.test(text)) {
    const fault = `Limit must be an integer 0 or greater and not '${text}'`;
    throw new ApiError(400, 'BadRequest', `Bad limit request: ${fault}.`);
  }
  const limit = Number(text);
  if (cap === null) return limit === 0 ? null : limit;
  return limit === 0 ? cap : Math.min(limit, cap);
}

function refuseSorts(keys: readonly string[], directions: readonly string[], attributes: AnyAttributes): void {
  if (keys.length !== directions.length) throw badRequest('The number of sort_keys and sort_dirs must be same');
  const unknown = keys.filter((key) => !Object.hasOwn(attributes, key) || !isScalar(attributes[key]?.schema));
  if (unknown.length > 0) throw badRequest(`${pythonRepr(unknown)} is invalid attribute for sort_keys`);
  const wrong = directions.filter((direction) => direction !== 'asc' && direction !== 'desc');
  if (wrong.length > 0) {
    throw badRequest(`${pythonRepr(wrong)} is invalid value for sort_dirs, valid value is 'asc' and 'desc'`);
  }
}

function readSorts(parameters: URLSearchParams, attributes: AnyAttributes): readonly Sort[] {
  const keys = parameters.getAll('sort_key').filter((key) => key !== '');
  const directions = parameters.getAll('sort_dir').filter((direction) => direction !== '');
  refuseSorts(keys, directions, attributes);
  return keys.map((key, index) => ({ key, ascending: directions[index] === 'asc' }));
}

/**
 * Reads the query of a list, as neutron/api/api_common.py does, in its order.
 * @param cap the most rows that one answer may have; null: all
 * @throws ApiError 400
 */
export function readListQuery(parameters: URLSearchParams, attributes: AnyAttributes, cap: number | null): ListQuery {
  const filters = readFilters(parameters, attributes);
  const limit = readLimit(parameters, cap);
  const sorts = readSorts(parameters, attributes);
  const marker = last(parameters, 'marker') || null;
  return { filters, sorts, limit, marker, reverse: last(parameters, 'page_reverse')?.toLowerCase() === 'true' };
}
