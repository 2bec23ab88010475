import type { ListQuery } from './list-query.ts';
import type { Row } from './select-rows.ts';

export interface Link {
  readonly rel: string;
  readonly href: string;
}

/** The other parameters stay as they are. An empty page leads to the first one, or to the last. */
function link(rel: 'next' | 'previous', url: string, given: URLSearchParams, marker: string | undefined): Link {
  const parameters = new URLSearchParams(given);
  parameters.delete('marker');
  parameters.delete('page_reverse');
  if (marker !== undefined) parameters.append('marker', marker);
  if (rel === 'previous') parameters.append('page_reverse', 'True');
  return { rel, href: `${url}?${parameters}` };
}

/**
 * The links of a page: `next` unless a page that goes forward is short, `previous` unless one that goes backward is.
 * get_pagination_links of neutron/api/api_common.py.
 * @param url of the list, absolute, without a query
 */
export function pageLinks(
  url: string,
  parameters: URLSearchParams,
  page: readonly Row[],
  { limit, reverse }: Pick<ListQuery, 'limit' | 'reverse'>,
): readonly Link[] {
  if (limit === null) return [];
  const short = page.length < limit;
  const next = short && !reverse ? [] : [link('next', url, parameters, page.at(-1)?.id)];
  const previous = short && reverse ? [] : [link('previous', url, parameters, page[0]?.id)];
  return [...next, ...previous];
}
