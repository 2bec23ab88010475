import { stringify } from 'yaml';
import type { z } from 'zod';
import { camelCase } from './camel-case.ts';
import { put, type Tree } from './put.ts';
import { written } from './setting-leaves.ts';
import type { SettingsModel, SettingsOf } from './settings-model.ts';

function at(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((tree, key) => (tree as Tree)[camelCase(key)], settings);
}

/** Writes settings as the YAML file that gives the same settings again. Passwords too: mask them first to show them. */
export function formatSettings<Schema extends z.ZodType>(
  { leaves }: SettingsModel<Schema>,
  settings: SettingsOf<SettingsModel<Schema>>,
): string {
  const tree: Tree = {};
  for (const leaf of leaves) put(tree, leaf.path, written(leaf, at(settings, leaf.path)));
  // Folded lines would be read back the same, but a long URL could no longer be found by its text.
  return stringify(tree, { lineWidth: 0 });
}
