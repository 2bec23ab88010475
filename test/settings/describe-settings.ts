import { z } from 'zod';
import { settingLeaves } from '../../src/settings/setting-leaves.ts';

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

/** Every setting of the schema in its order: the README's table and the sample file are checked against this. */
export function describeSettings(): readonly SettingDescription[] {
  return settingLeaves.map(({ key, variable, schema, facts }) => {
    const none = z.safeParse(schema, undefined);
    return {
      key,
      variable,
      default: facts.defaultInWords ?? (none.success ? String(none.data) : null),
      expected: facts.expected,
      unit: facts.unit ?? null,
    };
  });
}
