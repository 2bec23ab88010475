import type { GivenSetting, GivenSettings } from './given-settings.ts';
import { nearestName } from './nearest-name.ts';
import type { SettingLeaf } from './setting-leaves.ts';

/** The names that a file may have: of settings, with their leaves, and of the sections above them. */
interface Names {
  readonly leaves: ReadonlyMap<string, SettingLeaf>;
  readonly sections: ReadonlySet<string>;
}

function namesOf(leaves: readonly SettingLeaf[]): Names {
  const above = ({ path }: SettingLeaf) => path.slice(1).map((_, depth) => path.slice(0, depth + 1).join('.'));
  return { leaves: new Map(leaves.map((leaf) => [leaf.key, leaf])), sections: new Set(leaves.flatMap(above)) };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(names: Names, key: string, value: unknown): GivenSettings {
  const leaf = names.leaves.get(key);
  if (leaf) return { settings: [{ leaf, value, where: key }], problems: [] };
  if (names.sections.has(key)) return inSection(names, key, value);
  const [first = '', ...others] = [...names.leaves.keys(), ...names.sections];
  const problem = `${key}: unknown setting; did you mean ${nearestName(key, [first, ...others])}?`;
  return { settings: [], problems: [problem] };
}

/** A section without a value is one whose keys are all commented out. */
function inSection(names: Names, section: string, value: unknown): GivenSettings {
  if (value === null) return { settings: [], problems: [] };
  if (!isMapping(value)) {
    const [example = ''] = [...names.leaves.keys()].filter((key) => key.startsWith(`${section}.`));
    const problem = `${section}: must be a section with settings of its own, such as ${example}`;
    return { settings: [], problems: [problem] };
  }
  return together(Object.entries(value).map(([key, child]) => below(names, `${section}.${key}`, child)));
}

function together(parts: readonly GivenSettings[]): GivenSettings {
  const settings: GivenSetting[] = parts.flatMap((part) => part.settings);
  return { settings, problems: parts.flatMap((part) => part.problems) };
}

/** Takes the settings from a file's content, a value as YAML gives it; undefined when it is no mapping. */
export function settingsInFile(leaves: readonly SettingLeaf[], content: unknown): GivenSettings | undefined {
  if (content === null) return { settings: [], problems: [] };
  if (!isMapping(content)) return undefined;
  const names = namesOf(leaves);
  return together(Object.entries(content).map(([key, value]) => below(names, key, value)));
}
