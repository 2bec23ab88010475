import { z } from 'zod';
import { type SettingFacts, settingFacts } from './setting-facts.ts';
import { settingsSchema } from './settings-schema.ts';

export type SettingKind = 'text' | 'number' | 'list';

/** One setting of the schema: a leaf of its tree of sections. */
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

export const VARIABLE_PREFIX = 'TAAS_AGENT_';

/** What is below the default and the null that a setting may have. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodNullable ? bare(schema.def.innerType) : schema;
}

function kindOf(schema: z.core.$ZodType): SettingKind {
  const inner = bare(schema);
  if (inner instanceof z.ZodArray) return 'list';
  return inner instanceof z.ZodNumber ? 'number' : 'text';
}

function leaf(path: readonly string[], schema: z.core.$ZodType): SettingLeaf {
  const facts = settingFacts.get(schema);
  if (!facts) throw new TypeError(`${path.join('.')} has no facts in the settings schema`);
  return {
    path,
    key: path.join('.'),
    variable: VARIABLE_PREFIX + path.join('_').toUpperCase(),
    kind: kindOf(schema),
    nullable: z.safeParse(schema, null).success,
    schema,
    facts,
  };
}

function leavesBelow(path: readonly string[], schema: z.core.$ZodType): SettingLeaf[] {
  if (!(schema instanceof z.ZodObject)) return [leaf(path, schema)];
  return Object.entries(schema.shape).flatMap(([key, child]) => leavesBelow([...path, key], child));
}

/** All settings, in the order of the schema. */
export const settingLeaves: readonly SettingLeaf[] = leavesBelow([], settingsSchema);
