import type { z } from 'zod';

/** One attribute of a resource, as Neutron's attribute maps describe theirs. Checks, filters and the OpenAPI document follow from it. */
export interface Attribute<Value = unknown> {
  /** Its message is the reason that a refusal gives; its output is what is stored. */
  readonly schema: z.ZodType<Value>;
  /** Whether a POST may or must give it; `fallback` is what it is where the POST is silent. */
  readonly post: 'refused' | 'allowed' | 'required' | { readonly fallback: Value };
  /** Whether a PUT may change it. */
  readonly put: boolean;
  /** One phrase for the OpenAPI document. */
  readonly about: string;
}

/** In the order of Neutron's attribute map: of two faults, the client is told the one that comes first there. */
export type Attributes<View> = { readonly [Name in keyof View]-?: Attribute<View[Name]> };

/** A resource that the API shows, and the attributes that it shows of it. */
export interface Kind<Resource extends string = string, View = Readonly<Record<string, unknown>>> {
  readonly resource: Resource;
  readonly collection: string;
  /** Path of the collection. */
  readonly path: string;
  readonly attributes: Attributes<View>;
}

/** The server decides it. */
export const given = <Value>(schema: z.ZodType<Value>, about: string): Attribute<Value> => ({
  schema,
  post: 'refused',
  put: false,
  about,
});

/** A POST may give it, and somebody else knows what it is otherwise. */
export const allowed = <Value>(schema: z.ZodType<Value>, about: string): Attribute<Value> => ({
  schema,
  post: 'allowed',
  put: false,
  about,
});

export const required = <Value>(schema: z.ZodType<Value>, about: string): Attribute<Value> => ({
  schema,
  post: 'required',
  put: false,
  about,
});

export const optional = <Value>(
  schema: z.ZodType<Value>,
  fallback: Value,
  put: boolean,
  about: string,
): Attribute<Value> => ({ schema, post: { fallback }, put, about });
