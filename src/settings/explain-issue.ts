import { inspect } from 'node:util';
import type { z } from 'zod';
import type { GivenSetting } from './given-settings.ts';
import type { SettingLeaf } from './setting-leaves.ts';

/** Aliases of YAML can make a value circular, so JSON would not do. */
function shown(leaf: SettingLeaf, value: unknown): string {
  if (leaf.facts.secret) return '';
  return `, not ${inspect(value, { depth: 1, maxArrayLength: 5, maxStringLength: 100, breakLength: Infinity })}`;
}

/** What the schema found wrong, as a sentence that names where the value was given. */
export function explainIssue(
  issue: z.core.$ZodIssue,
  leaves: readonly SettingLeaf[],
  given: ReadonlyMap<string, GivenSetting>,
): string {
  const leaf = leaves.find(({ path }) => path.every((part, depth) => part === issue.path[depth]));
  if (!leaf) return `${issue.path.join('.')}: ${issue.message}`;
  const setting = given.get(leaf.key);
  const where = setting?.where ?? leaf.key;
  if (issue.code === 'custom' && issue.params?.['own'] === true) return `${where}: ${issue.message}`;
  if (!setting) return `${where}: must be set, here or as ${leaf.variable}, to ${leaf.facts.expected}`;
  const entry = issue.path[leaf.path.length];
  if (typeof entry === 'number' && leaf.facts.entry) return `${where}: entry ${entry + 1} must be ${leaf.facts.entry}`;
  return `${where}: must be ${leaf.facts.expected}${shown(leaf, setting.value)}`;
}
