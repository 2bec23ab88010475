import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeSettings } from './describe-settings.ts';
import { programs } from './programs.ts';
import { readerOf } from './settings-of.ts';

/** A commented setting has its "#" right before the key; prose has a space there. */
const uncommented = (sample: string) => sample.replace(/^( *)#(?! |$)/gm, '$1');

function leavesOf(value: unknown, path: readonly string[] = []): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]));
}

describe.each(programs)('the sample settings file of $name', ({ model, sample, examples }) => {
  const { settingsOf, problemsOf } = readerOf(model);

  test('loads as it is, and changes nothing', () => {
    const environment = { [`${model.prefix}BUS_URLS`]: 'amqp://h' };
    expect(settingsOf(sample, environment)).toEqual(settingsOf('', environment));
  });

  test('loads with everything uncommented', () => {
    expect(problemsOf(uncommented(sample))).toEqual([]);
  });

  test('names every setting once, in the order of the schema, each with its default or an example', () => {
    const settings = describeSettings(model);
    const leaves = leavesOf(parse(uncommented(sample)));
    const given = leaves.map(([key, value]) => [key, key in examples ? value : String(value)]);
    expect(given).toEqual(settings.map(({ key, default: usual }) => [key, examples[key] ?? usual]));
  });

  test('says the unit of every setting that has one', () => {
    const withUnit = describeSettings(model).filter((setting) => setting.unit !== null);
    expect(withUnit.length).toBeGreaterThan(0);
    for (const { key, unit } of withUnit) {
      const before = sample.slice(0, sample.indexOf(`#${key.split('.').at(-1)}:`));
      expect(before.split('\n\n').at(-1)?.toLowerCase(), key).toContain(unit);
    }
  });
});
