import type { Kind } from './attribute.ts';
import { itemParameters, listParameters } from './openapi-parameters.ts';
import { type Part, ref } from './openapi-schemas.ts';

const REQUEST_ID = { 'X-Openstack-Request-Id': ref('headers', 'request_id') };

export function json(description: string, schema: Part): Part {
  return { description, headers: REQUEST_ID, content: { 'application/json': { schema } } };
}

/** What statuses mean, here. */
const FAULTS: Readonly<Record<string, string>> = {
  400: 'The body, or the query, is not as it should be',
  401: 'No token, or one that is not known',
  403: 'The caller may not do this',
  404: 'There is no such thing, or not for this caller',
  405: 'The path has no such method; Allow names those that it has',
  409: 'It would be past a quota or limit, or copies would go round in a loop',
  413: 'The body is too long',
  429: 'Too many requests from this address; Retry-After says when to come back',
  500: 'A fault of the server; its log has the reason under the X-Openstack-Request-Id',
  503: 'The tokens cannot be checked at the moment',
};

const nameOf = (status: string): string => `error_${status}`;

/** Answers that are errors, by their names in the document's components. */
export const commonResponses: Part = Object.fromEntries(
  Object.entries(FAULTS).map(([status, about]) => [nameOf(status), json(about, ref('schemas', 'error'))]),
);

const ALWAYS = [401, 405, 429, 500, 503];

export function faults(...more: readonly number[]): Part {
  const statuses = [...more, ...ALWAYS].map(String);
  return Object.fromEntries(statuses.map((status) => [status, ref('responses', nameOf(status))]));
}

const body = (schema: string): Part => ({
  required: true,
  content: { 'application/json': { schema: ref('schemas', schema) } },
});

export function listPath(kind: Kind): Part {
  const { resource, collection } = kind;
  return {
    get: {
      operationId: `list_${collection}`,
      summary: `List ${collection.replaceAll('_', ' ')}`,
      tags: [collection],
      parameters: listParameters(kind),
      responses: { 200: json('What the caller may see', ref('schemas', `${resource}_list`)), ...faults(400) },
    },
  };
}

export function creationPath({ resource, collection }: Kind): Part {
  return {
    post: {
      operationId: `create_${resource}`,
      summary: `Create a ${resource.replace('_', ' ')}, or several at once, all or none`,
      tags: [collection],
      requestBody: body(`${resource}_post`),
      responses: {
        201: json('As created', ref('schemas', `${resource}_created`)),
        ...faults(400, 403, 404, 409, 413),
      },
    },
  };
}

export function itemPath(kind: Kind): Part {
  const { resource, collection } = kind;
  return {
    parameters: [ref('parameters', 'id')],
    get: {
      operationId: `show_${resource}`,
      summary: `Show a ${resource.replace('_', ' ')}`,
      tags: [collection],
      parameters: itemParameters(kind),
      responses: { 200: json('As it is now', ref('schemas', `${resource}_answer`)), ...faults(404) },
    },
  };
}

export function updatePath({ resource, collection }: Kind, summary: string): Part {
  return {
    put: {
      operationId: `update_${resource}`,
      summary,
      tags: [collection],
      requestBody: body(`${resource}_put`),
      responses: { 200: json('As it is now', ref('schemas', `${resource}_answer`)), ...faults(400, 403, 404, 413) },
    },
  };
}

export function deletionPath({ resource, collection }: Kind, summary: string): Part {
  return {
    delete: {
      operationId: `delete_${resource}`,
      summary,
      tags: [collection],
      responses: {
        204: { description: 'Gone, or PENDING_DELETE until its host has removed it', headers: REQUEST_ID },
        ...faults(400, 403, 404),
      },
    },
  };
}
