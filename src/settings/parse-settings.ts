import { inspect } from 'node:util';
import { z } from 'zod';
import type { AgentSettings } from './agent-settings.ts';
import type { GivenSetting } from './given-settings.ts';
import { type SettingLeaf, settingLeaves } from './setting-leaves.ts';
import { SettingsError } from './settings-error.ts';
import { settingsInEnvironment } from './settings-in-environment.ts';
import { settingsInFile } from './settings-in-file.ts';
import { settingsSchema } from './settings-schema.ts';
import { yamlContent } from './yaml-content.ts';

/** Where settings come from; a variable wins over the file. */
export interface SettingsSource {
  /** The file as it is to be named in messages, and its text; null when there is only the environment. */
  readonly file: { readonly path: string; readonly text: string } | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Tree {
  [key: string]: unknown;
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    if (value !== undefined) tree[key] = value;
    return;
  }
  const branch = (tree[key] ?? {}) as Tree;
  tree[key] = branch;
  put(branch, rest, value);
}

const RUN_DIR = 'ovs.run_dir';
const REMOTE = 'ovs.remote';

/** The default address follows the run directory; a wrong directory is named by itself, not a second time here. */
function defaultRemote(given: ReadonlyMap<string, GivenSetting>): string {
  const schema = settingLeaves.find((leaf) => leaf.key === RUN_DIR)?.schema ?? z.never();
  const asked = z.safeParse(schema, given.get(RUN_DIR)?.value);
  return `unix:${asked.success ? asked.data : z.parse(schema, undefined)}/db.sock`;
}

function candidate(given: ReadonlyMap<string, GivenSetting>): Tree {
  const tree: Tree = {};
  for (const { key, path } of settingLeaves) {
    const value = given.get(key)?.value;
    put(tree, path, key === REMOTE && value === undefined ? defaultRemote(given) : value);
  }
  return tree;
}

/** Aliases of YAML can make a value circular, so JSON would not do. */
function shown(leaf: SettingLeaf, value: unknown): string {
  if (leaf.facts.secret) return '';
  return `, not ${inspect(value, { depth: 1, maxArrayLength: 5, maxStringLength: 100, breakLength: Infinity })}`;
}

function sentence(issue: z.core.$ZodIssue, given: ReadonlyMap<string, GivenSetting>): string {
  const leaf = settingLeaves.find(({ path }) => path.every((part, depth) => part === issue.path[depth]));
  if (!leaf) return `${issue.path.join('.')}: ${issue.message}`;
  const setting = given.get(leaf.key);
  const where = setting?.where ?? leaf.key;
  if (issue.code === 'custom' && issue.params?.['own'] === true) return `${where}: ${issue.message}`;
  if (!setting) return `${where}: must be set, here or as ${leaf.variable}, to ${leaf.facts.expected}`;
  const entry = issue.path[leaf.path.length];
  if (typeof entry === 'number' && leaf.facts.entry) return `${where}: entry ${entry + 1} must be ${leaf.facts.entry}`;
  return `${where}: must be ${leaf.facts.expected}${shown(leaf, setting.value)}`;
}

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function camelled(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze([...value]);
  if (typeof value !== 'object' || value === null) return value;
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, child]) => [camelCase(key), camelled(child)])),
  );
}

/**
 * Decodes the settings from a YAML file's text and the environment.
 * @throws SettingsError naming everything that is wrong, a sentence each. Nothing else is thrown.
 */
export function parseSettings({ file, environment }: SettingsSource): AgentSettings {
  const inFile = settingsInFile(file ? yamlContent(file.text, file.path) : null);
  if (!inFile) throw new SettingsError('file-malformed', [`${file?.path}: must hold settings, each as "key: value"`]);
  const inEnvironment = settingsInEnvironment(environment);
  const given = new Map([...inFile.settings, ...inEnvironment.settings].map((one) => [one.leaf.key, one]));
  const checked = settingsSchema.safeParse(candidate(given));
  const wrong = checked.success ? [] : checked.error.issues.map((issue) => sentence(issue, given));
  const problems = [...new Set([...inFile.problems, ...inEnvironment.problems, ...wrong])];
  if (!checked.success || problems.length > 0) throw new SettingsError('settings-wrong', problems);
  return camelled(checked.data) as AgentSettings;
}
