import type { Kind } from './attribute.ts';
import { isScalar } from './attribute-values.ts';
import { type Part, ref } from './openapi-schemas.ts';

const query = (name: string, schema: Part, description: string): Part => ({ name, in: 'query', description, schema });

/** A parameter that may be repeated. */
const repeated = (name: string, items: Part, description: string): Part => ({
  ...query(name, { type: 'array', items }, description),
  style: 'form',
  explode: true,
});

/** Parameters that are the same everywhere, by their names in the document's components. */
export const commonParameters: Part = {
  id: { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
  sort_dir: repeated('sort_dir', { type: 'string', enum: ['asc', 'desc'] }, 'One for each sort_key, in the same order'),
  limit: query('limit', { type: 'integer', minimum: 0 }, 'The most rows of a page; 0: no pages'),
  marker: query(
    'marker',
    { type: 'string' },
    'The id after which the page begins; before which it ends with page_reverse',
  ),
  page_reverse: query(
    'page_reverse',
    { type: 'string', pattern: '^([Tt]rue|[Ff]alse)$' },
    'True: the page before the marker',
  ),
};

function fields({ attributes }: Kind): Part {
  return repeated(
    'fields',
    { type: 'string', enum: Object.keys(attributes) },
    'Only these attributes; unknown names are passed over',
  );
}

function sortKey({ attributes }: Kind): Part {
  const names = Object.keys(attributes).filter((name) => isScalar(attributes[name]?.schema));
  return repeated('sort_key', { type: 'string', enum: names }, 'What to sort by, the weightiest first');
}

function filters({ attributes }: Kind): readonly Part[] {
  return Object.entries(attributes).map(([name, { about }]) =>
    repeated(name, { type: 'string' }, `Only rows where this is one of the values given. ${about}`),
  );
}

export function listParameters(kind: Kind): readonly Part[] {
  const paging = ['sort_dir', 'limit', 'marker', 'page_reverse'].map((name) => ref('parameters', name));
  return [fields(kind), sortKey(kind), ...paging, ...filters(kind)];
}

export function itemParameters(kind: Kind): readonly Part[] {
  return [fields(kind)];
}
