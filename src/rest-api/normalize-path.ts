const COLLECTION = /^\/v2\.0\/(tap_services|tap_flows)(?=\/|$)/;

/**
 * The one spelling of a path that routes know, of a request's target: Neutron takes `.json` at its end, and collections without
 * `/taas` in front, as well; a slash at the end changes nothing. The query stays as it is.
 */
export function normalizePath(target: string): string {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark);
  const bare = path.replace(/\/+$/, '');
  const name = bare.startsWith('/v2.0/') ? bare.replace(/\.json$/, '').replace(COLLECTION, '/v2.0/taas/$1') : bare;
  return `${name || '/'}${query}`;
}
