import { z } from 'zod';
import type { Attribute, Kind } from './attribute.ts';

/** A part of an OpenAPI document. */
export type Part = Readonly<Record<string, unknown>>;

type Named = readonly [name: string, attribute: Attribute];

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it is; only the whole document says which dialect. */
export function jsonSchemaOf({ schema, about }: Attribute): Part {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' });
  return { ...json, description: about };
}

function propertiesOf(attributes: readonly Named[], shown: (attribute: Attribute) => Part): Part {
  return Object.fromEntries(attributes.map(([name, attribute]) => [name, shown(attribute)]));
}

function viewOf(attributes: readonly Named[]): Part {
  const required = attributes.map(([name]) => name);
  return { type: 'object', properties: propertiesOf(attributes, jsonSchemaOf), required };
}

function withDefault(attribute: Attribute): Part {
  const { post } = attribute;
  return { ...jsonSchemaOf(attribute), ...(typeof post === 'object' ? { default: post.fallback } : {}) };
}

function creationOf(attributes: readonly Named[]): Part {
  const given = attributes.filter(([, { post }]) => post !== 'refused');
  const required = given.filter(([, { post }]) => post === 'required').map(([name]) => name);
  return { type: 'object', properties: propertiesOf(given, withDefault), required, additionalProperties: false };
}

function updateOf(attributes: readonly Named[]): Part {
  const given = attributes.filter(([, { put }]) => put);
  return { type: 'object', properties: propertiesOf(given, jsonSchemaOf), additionalProperties: false };
}

export const ref = (section: string, name: string): Part => ({ $ref: `#/components/${section}/${name}` });

const one = (resource: string, schema: string): Part => ({
  type: 'object',
  properties: { [resource]: ref('schemas', schema) },
  required: [resource],
});

const list = ({ resource, collection }: Kind): Part => ({
  type: 'object',
  properties: {
    [collection]: { type: 'array', items: ref('schemas', resource) },
    [`${collection}_links`]: { ...ref('schemas', 'links'), description: 'Only where the list has pages' },
  },
  required: [collection],
});

function several({ resource, collection }: Kind): Part {
  const items = { anyOf: [ref('schemas', `${resource}_creation`), one(resource, `${resource}_creation`)] };
  return {
    type: 'object',
    properties: { [collection]: { type: 'array', minItems: 1, items } },
    required: [collection],
  };
}

/** What all answers share. */
export const commonSchemas: Part = {
  links: {
    type: 'array',
    items: {
      type: 'object',
      properties: { rel: { type: 'string' }, href: { type: 'string', format: 'uri' } },
      required: ['rel', 'href'],
    },
  },
  error: {
    type: 'object',
    properties: {
      NeutronError: {
        type: 'object',
        properties: { type: { type: 'string' }, message: { type: 'string' }, detail: { type: 'string', const: '' } },
        required: ['type', 'message', 'detail'],
      },
    },
    required: ['NeutronError'],
  },
};

/** How a resource looks, alone and in a list. */
export function viewSchemas(kind: Kind): Part {
  const { resource } = kind;
  return {
    [resource]: viewOf(Object.entries(kind.attributes)),
    [`${resource}_answer`]: one(resource, resource),
    [`${resource}_list`]: list(kind),
  };
}

/** What a POST of a resource may hold, and what it answers. */
export function creationSchemas(kind: Kind): Part {
  const { resource } = kind;
  return {
    [`${resource}_creation`]: creationOf(Object.entries(kind.attributes)),
    [`${resource}_post`]: { anyOf: [one(resource, `${resource}_creation`), several(kind)] },
    [`${resource}_created`]: { anyOf: [ref('schemas', `${resource}_answer`), ref('schemas', `${resource}_list`)] },
  };
}

/** What a PUT of a resource may hold. */
export function updateSchemas(resource: string, attributes: Readonly<Record<string, Attribute>>): Part {
  return {
    [`${resource}_update`]: updateOf(Object.entries(attributes)),
    [`${resource}_put`]: one(resource, `${resource}_update`),
  };
}
