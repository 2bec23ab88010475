import type { GivenSettings } from './given-settings.ts';
import { nearestName } from './nearest-name.ts';
import { type SettingKind, type SettingLeaf, settingLeaves, VARIABLE_PREFIX } from './setting-leaves.ts';

/** A variable holds text only. What does not read as a number stays text, so that the schema refuses it and shows it. */
const decoders: Readonly<Record<SettingKind, (text: string) => unknown>> = {
  list: (text) => text.split(',').map((part) => part.trim()),
  number: (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text),
  text: (text) => text,
};

function decoded(leaf: SettingLeaf, text: string): unknown {
  return leaf.nullable && (text === '' || text === 'null') ? null : decoders[leaf.kind](text);
}

const [firstVariable = '', ...otherVariables] = settingLeaves.map((leaf) => leaf.variable);

/** Takes the settings from variables TAAS_AGENT_...; a variable of that prefix that is no setting is a problem. */
export function settingsInEnvironment(environment: Readonly<Record<string, string | undefined>>): GivenSettings {
  const byVariable = new Map(settingLeaves.map((leaf) => [leaf.variable, leaf]));
  const set = Object.entries(environment).filter(
    ([name, text]) => name.startsWith(VARIABLE_PREFIX) && text !== undefined,
  );
  const problems = set.flatMap(([name]) =>
    byVariable.has(name)
      ? []
      : [`${name}: unknown setting; did you mean ${nearestName(name, [firstVariable, ...otherVariables])}?`],
  );
  const settings = set.flatMap(([where, text]) => {
    const leaf = byVariable.get(where);
    return leaf ? [{ leaf, where, value: decoded(leaf, text ?? '') }] : [];
  });
  return { settings, problems };
}
