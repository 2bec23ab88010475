import type { z } from 'zod';
import type { Camelled } from './camel-case.ts';
import { type SettingLeaf, settingLeaves } from './setting-leaves.ts';

/** One program's settings: what may be set, and the prefix of the environment variables that set it. */
export interface SettingsModel<Schema extends z.ZodType = z.ZodType> {
  readonly prefix: string;
  readonly schema: Schema;
  /** All settings, in the order of the schema. */
  readonly leaves: readonly SettingLeaf[];
}

/** The settings as a program sees them: the schema's tree with its keys in camel case. */
export type SettingsOf<Model extends SettingsModel> = Camelled<z.output<Model['schema']>>;

export function settingsModel<Schema extends z.ZodType>(prefix: string, schema: Schema): SettingsModel<Schema> {
  return { prefix, schema, leaves: settingLeaves(prefix, schema) };
}
