import { z } from 'zod';
import { type SettingFacts, settingFacts } from './setting-facts.ts';

export type SettingKind = 'text' | 'number' | 'boolean' | 'list';

/** One setting of a schema: a leaf of its tree of sections. */
export interface SettingLeaf {
  readonly path: readonly string[];
  /** The path as it is written in messages and documents: "bus.urls". */
  readonly key: string;
  /** The environment variable that overrides it: "TAAS_AGENT_BUS_URLS". */
  readonly variable: string;
  readonly kind: SettingKind;
  readonly nullable: boolean;
  readonly schema: z.core.$ZodType;
  readonly facts: SettingFacts;
}

/** What is below the default and the null that a setting may have. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  const wrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable;
  return wrapped ? bare(schema.def.innerType) : schema;
}

function kindOf(schema: z.core.$ZodType): SettingKind {
  const inner = bare(schema);
  if (inner instanceof z.ZodArray) return 'list';
  if (inner instanceof z.ZodBoolean) return 'boolean';
  return inner instanceof z.ZodNumber ? 'number' : 'text';
}

function leaf(prefix: string, path: readonly string[], schema: z.core.$ZodType): SettingLeaf {
  const facts = settingFacts.get(schema);
  if (!facts) throw new TypeError(`${path.join('.')} has no facts in the settings schema`);
  return {
    path,
    key: path.join('.'),
    variable: prefix + path.join('_').toUpperCase(),
    kind: kindOf(schema),
    nullable: z.safeParse(schema, null).success,
    schema,
    facts,
  };
}

/** All settings of a schema, in its order; `prefix` begins the names of their variables. */
export function settingLeaves(
  prefix: string,
  schema: z.core.$ZodType,
  path: readonly string[] = [],
): readonly SettingLeaf[] {
  if (!(schema instanceof z.ZodObject)) return [leaf(prefix, path, schema)];
  return Object.entries(schema.shape).flatMap(([key, child]) => settingLeaves(prefix, child, [...path, key]));
}

/** A setting's checked value as it is written in a file: what the schema decodes from text is text again. */
export function written({ schema }: SettingLeaf, value: unknown): unknown {
  const inner = bare(schema);
  return inner instanceof z.ZodCodec && value !== null ? z.encode(inner, value) : value;
}
