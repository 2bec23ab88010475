import { z } from 'zod';
import { written } from '../../src/settings/setting-leaves.ts';
import type { SettingsModel } from '../../src/settings/settings-model.ts';

/** A setting as the documentation shows it. */
export interface SettingDescription {
  readonly key: string;
  readonly variable: string;
  /** The default as YAML writes it, or in words; null when the setting has none and must be given. */
  readonly default: string | null;
  /** Completes "must be ...". */
  readonly expected: string;
  readonly unit: string | null;
}

/** Every setting of a program in the schema's order: tables and sample files are checked against this. */
export function describeSettings({ leaves }: SettingsModel): readonly SettingDescription[] {
  return leaves.map((leaf) => {
    const { key, variable, schema, facts } = leaf;
    const none = z.safeParse(schema, undefined);
    return {
      key,
      variable,
      default: facts.defaultInWords ?? (none.success ? String(written(leaf, none.data)) : null),
      expected: facts.expected,
      unit: facts.unit ?? null,
    };
  });
}
