import type { FastifyRequest } from 'fastify';
import type { Kind } from './attribute.ts';
import { readListQuery } from './list-query.ts';
import { pageLinks } from './page-links.ts';
import { parametersOf, pathUrlOf } from './request-url.ts';
import { pickFields, type Row, selectRows } from './select-rows.ts';

/**
 * The answer to a GET of a collection.
 * @param rows all that the caller may see
 * @param cap the most rows of one answer; null: all
 * @throws ApiError 400
 */
export function answerList<R extends Row>(
  request: FastifyRequest,
  { collection, attributes }: Kind<string, R>,
  rows: readonly R[],
  cap: number | null,
) {
  const parameters = parametersOf(request);
  const query = readListQuery(parameters, attributes, cap);
  const page = selectRows(rows, query, attributes);
  const links = pageLinks(pathUrlOf(request), parameters, page, query);
  const shown = page.map((row) => pickFields(row, parameters.getAll('fields')));
  return { [collection]: shown, ...(links.length === 0 ? {} : { [`${collection}_links`]: links }) };
}

/** The answer to a GET of one. */
export function answerItem(request: FastifyRequest, { resource }: Pick<Kind, 'resource'>, row: Row) {
  return { [resource]: pickFields(row, parametersOf(request).getAll('fields')) };
}
