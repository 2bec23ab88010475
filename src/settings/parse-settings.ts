import { z } from 'zod';
import { camelled } from './camel-case.ts';
import { explainIssue } from './explain-issue.ts';
import type { GivenSetting } from './given-settings.ts';
import { put, type Tree } from './put.ts';
import type { SettingLeaf } from './setting-leaves.ts';
import { SettingsError } from './settings-error.ts';
import { settingsInEnvironment } from './settings-in-environment.ts';
import { settingsInFile } from './settings-in-file.ts';
import type { SettingsModel, SettingsOf } from './settings-model.ts';
import { yamlContent } from './yaml-content.ts';

/** Where settings come from; a variable wins over the file. */
export interface SettingsSource {
  /** The file as it is to be named in messages, and its text; null when there is only the environment. */
  readonly file: { readonly path: string; readonly text: string } | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

type Given = ReadonlyMap<string, GivenSetting>;

/** A default that follows another setting; where that one is wrong, it is named by itself, not a second time here. */
function derivedDefault({ facts }: SettingLeaf, leaves: readonly SettingLeaf[], given: Given): unknown {
  if (!facts.defaultFrom) return undefined;
  const { key, follow } = facts.defaultFrom;
  const schema = leaves.find((leaf) => leaf.key === key)?.schema ?? z.never();
  const asked = z.safeParse(schema, given.get(key)?.value);
  return follow(asked.success ? asked.data : z.parse(schema, undefined));
}

function candidate(leaves: readonly SettingLeaf[], given: Given): Tree {
  const tree: Tree = {};
  for (const leaf of leaves) {
    const value = given.get(leaf.key)?.value;
    put(tree, leaf.path, value === undefined ? derivedDefault(leaf, leaves, given) : value);
  }
  return tree;
}

/**
 * Decodes the settings from a YAML file's text and the environment.
 * @throws SettingsError naming everything that is wrong, a sentence each. Nothing else is thrown.
 */
export function parseSettings<Schema extends z.ZodType>(
  model: SettingsModel<Schema>,
  { file, environment }: SettingsSource,
): SettingsOf<SettingsModel<Schema>> {
  const inFile = settingsInFile(model.leaves, file ? yamlContent(file.text, file.path) : null);
  if (!inFile) throw new SettingsError('file-malformed', [`${file?.path}: must hold settings, each as "key: value"`]);
  const inEnvironment = settingsInEnvironment(model, environment);
  const given = new Map([...inFile.settings, ...inEnvironment.settings].map((one) => [one.leaf.key, one]));
  const checked = model.schema.safeParse(candidate(model.leaves, given));
  const wrong = checked.success ? [] : checked.error.issues.map((issue) => explainIssue(issue, model.leaves, given));
  const problems = [...new Set([...inFile.problems, ...inEnvironment.problems, ...wrong])];
  if (!checked.success || problems.length > 0) throw new SettingsError('settings-wrong', problems);
  return camelled(checked.data);
}
