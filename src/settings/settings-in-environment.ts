import type { GivenSettings } from './given-settings.ts';
import { nearestName } from './nearest-name.ts';
import type { SettingKind, SettingLeaf } from './setting-leaves.ts';
import type { SettingsModel } from './settings-model.ts';

/** A variable holds text only. What does not read as its kind stays text, so that the schema refuses it and shows it. */
const decoders: Readonly<Record<SettingKind, (text: string) => unknown>> = {
  list: (text) => text.split(',').map((part) => part.trim()),
  number: (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text),
  boolean: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
  text: (text) => text,
};

function decoded(leaf: SettingLeaf, text: string): unknown {
  return leaf.nullable && (text === '' || text === 'null') ? null : decoders[leaf.kind](text);
}

/** Takes the settings from variables of the model's prefix; one that is no setting is a problem. */
export function settingsInEnvironment(
  { prefix, leaves }: SettingsModel,
  environment: Readonly<Record<string, string | undefined>>,
): GivenSettings {
  const byVariable = new Map(leaves.map((leaf) => [leaf.variable, leaf]));
  const [first = '', ...others] = byVariable.keys();
  const set = Object.entries(environment).filter(([name, text]) => name.startsWith(prefix) && text !== undefined);
  const problems = set.flatMap(([name]) =>
    byVariable.has(name) ? [] : [`${name}: unknown setting; did you mean ${nearestName(name, [first, ...others])}?`],
  );
  const settings = set.flatMap(([where, text]) => {
    const leaf = byVariable.get(where);
    return leaf ? [{ leaf, where, value: decoded(leaf, text ?? '') }] : [];
  });
  return { settings, problems };
}
