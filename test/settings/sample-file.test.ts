import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { describeSettings } from './describe-settings.ts';
import { readerOf } from './settings-of.ts';

const { settingsOf } = readerOf(agentModel);

const sample = readFileSync(join(import.meta.dirname, '../../config/taas-agent.yaml'), 'utf8');
/** A commented setting has its "#" right before the key; prose has a space there. */
const uncommented = sample.replace(/^( *)#(?! |$)/gm, '$1');

function leavesOf(value: unknown, path: readonly string[] = []): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]));
}

describe('the sample settings file', () => {
  test('loads as it is, and changes nothing', () => {
    const environment = { TAAS_AGENT_BUS_URLS: 'amqp://h' };
    expect(settingsOf(sample, environment)).toEqual(settingsOf('', environment));
  });

  test('loads with everything uncommented', () => {
    expect(settingsOf(uncommented)).toEqual({ ...settingsOf(uncommented), host: 'compute-1', portGraceSeconds: 30 });
  });

  test('names every setting once, in the order of the schema, each with its default', () => {
    const leaves = leavesOf(parse(uncommented));
    expect(leaves.map(([key]) => key)).toEqual(describeSettings(agentModel).map((setting) => setting.key));
    const settings = describeSettings(agentModel).filter(
      ({ key }) => !['host', 'bus.urls', 'ovs.remote'].includes(key),
    );
    const values = new Map(leaves);
    expect(settings.map(({ key }) => [key, String(values.get(key))])).toEqual(
      settings.map((one) => [one.key, one.default]),
    );
    expect(values.get('ovs.remote')).toBe(`unix:${String(values.get('ovs.run_dir'))}/db.sock`);
  });

  test('says the unit of every setting that has one', () => {
    const withUnit = describeSettings(agentModel).filter((setting) => setting.unit !== null);
    expect(withUnit.length).toBeGreaterThan(0);
    for (const { key, unit } of withUnit) {
      const before = sample.slice(0, sample.indexOf(`#${key.split('.').at(-1)}:`));
      expect(before.split('\n\n').at(-1)?.toLowerCase(), key).toContain(unit);
    }
  });
});
