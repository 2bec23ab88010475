import { extensions } from './extensions.ts';
import { faults, json } from './openapi-paths.ts';
import type { Part } from './openapi-schemas.ts';

const text = (description: string): Part => ({
  description,
  content: { 'text/plain': { schema: { type: 'string' } } },
});

const extension: Part = {
  type: 'object',
  properties: {
    alias: { type: 'string', enum: extensions.map(({ alias }) => alias) },
    name: { type: 'string' },
    description: { type: 'string' },
    updated: { type: 'string', format: 'date-time' },
    links: { type: 'array' },
  },
  required: ['alias', 'name', 'description', 'updated', 'links'],
};

const holding = (name: string, schema: Part): Part => ({
  type: 'object',
  properties: { [name]: schema },
  required: [name],
});

const get = (operationId: string, summary: string, responses: Part, more: Part = {}): Part => ({
  get: { operationId, summary, tags: ['discovery'], responses, ...more },
});

/** For all, without a token. */
const open = { security: [] };

/** Paths that say what there is, and how the server is. */
export const discoveryPaths: Part = {
  '/': get(
    'list_versions',
    'List the versions of the API',
    { 200: json('The one that there is', holding('versions', { type: 'array', items: { type: 'object' } })) },
    open,
  ),
  '/v2.0/': get('list_resources', 'List the collections', {
    200: json('Their names and addresses', holding('resources', { type: 'array', items: { type: 'object' } })),
    ...faults(),
  }),
  '/v2.0/extensions': get('list_extensions', "List the extensions of Neutron's API that are served", {
    200: json('All of them', holding('extensions', { type: 'array', items: extension })),
    ...faults(),
  }),
  '/v2.0/extensions/{alias}': {
    parameters: [{ name: 'alias', in: 'path', required: true, schema: { type: 'string' } }],
    ...get('show_extension', 'Show an extension', {
      200: json('Its description', holding('extension', extension)),
      ...faults(404),
    }),
  },
  '/healthz': get('health', 'Whether the server runs', { 200: text('It does') }, open),
  '/readyz': get(
    'readiness',
    'Whether the server has what it needs',
    { 200: text('It has'), 503: text('What is missing') },
    open,
  ),
  '/openapi.json': get('openapi', 'This document', { 200: json('OpenAPI 3.1', { type: 'object' }) }, open),
};
