import type { GivenSetting, GivenSettings } from './given-settings.ts';
import { nearestName } from './nearest-name.ts';
import { settingLeaves } from './setting-leaves.ts';

const leaves = new Map(settingLeaves.map((leaf) => [leaf.key, leaf]));
const sections = new Set(
  settingLeaves.flatMap(({ path }) => path.slice(1).map((_, depth) => path.slice(0, depth + 1).join('.'))),
);
const [firstName = '', ...otherNames] = [...leaves.keys(), ...sections];

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(key: string, value: unknown): GivenSettings {
  const leaf = leaves.get(key);
  if (leaf) return { settings: [{ leaf, value, where: key }], problems: [] };
  if (sections.has(key)) return inSection(key, value);
  const nearest = nearestName(key, [firstName, ...otherNames]);
  return { settings: [], problems: [`${key}: unknown setting; did you mean ${nearest}?`] };
}

/** A section without a value is one whose keys are all commented out. */
function inSection(section: string, value: unknown): GivenSettings {
  if (value === null) return { settings: [], problems: [] };
  if (!isMapping(value)) {
    const [example = ''] = [...leaves.keys()].filter((key) => key.startsWith(`${section}.`));
    const problem = `${section}: must be a section with settings of its own, such as ${example}`;
    return { settings: [], problems: [problem] };
  }
  return together(Object.entries(value).map(([key, child]) => below(`${section}.${key}`, child)));
}

function together(parts: readonly GivenSettings[]): GivenSettings {
  const settings: GivenSetting[] = parts.flatMap((part) => part.settings);
  return { settings, problems: parts.flatMap((part) => part.problems) };
}

/** Takes the settings from a file's content, a value as YAML gives it; undefined when it is no mapping. */
export function settingsInFile(content: unknown): GivenSettings | undefined {
  if (content === null) return { settings: [], problems: [] };
  if (!isMapping(content)) return undefined;
  return together(Object.entries(content).map(([key, value]) => below(key, value)));
}
