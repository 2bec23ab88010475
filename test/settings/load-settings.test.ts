import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'taas-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function failure(path: string): SettingsError {
  try {
    loadSettings(agentModel, path, {});
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}

function file(text: string): string {
  const path = join(folder, 'agent.yaml');
  writeFileSync(path, text);
  return path;
}

describe('a settings file', () => {
  test('is read with the environment, or left out', () => {
    const path = file('bus: {urls: [amqp://file/]}\nhost: by-file');
    expect(loadSettings(agentModel, path, { TAAS_AGENT_HOST: 'by-variable' })).toMatchObject({
      host: 'by-variable',
      bus: { urls: ['amqp://file/'] },
    });
    expect(loadSettings(agentModel, null, { TAAS_AGENT_BUS_URLS: 'amqp://h' }).bus.urls).toEqual(['amqp://h']);
  });

  test('that is not there or no file is one sentence', () => {
    const path = join(folder, 'missing.yaml');
    expect(failure(path)).toMatchObject({
      code: 'file-unreadable',
      problems: [`${path}: the settings file does not exist`],
    });
    expect(failure(folder)).toMatchObject({
      code: 'file-unreadable',
      problems: [`${folder}: the settings file cannot be read (EISDIR)`],
    });
  });

  test('that has no end is refused, and not read to it', () => {
    expect(failure('/dev/zero').problems).toEqual(['/dev/zero: the settings file is longer than 262144 bytes']);
    expect(failure(file(`#${' '.repeat(262_144)}`)).code).toBe('file-unreadable');
    const longest = `bus: {urls: [amqp://h]}\n#`.padEnd(262_144);
    expect(loadSettings(agentModel, file(longest), {}).bus.urls).toEqual(['amqp://h']);
  });

  test('with a line break in a key is one sentence all the same', () => {
    const { problems } = failure(file('bus: {urls: [amqp://h]}\n"a\\nb\\e": 1'));
    expect(problems).toEqual([expect.stringMatching(/^a\\nb\\u001b: unknown setting; did you mean /)]);
  });

  test.each([
    ['a key given twice', 'host: a\nlog:\n  level: info\nhost: b\n', 4, 'Map keys must be unique'],
    ['a tab', 'log:\n\tlevel: info\n', 2, 'Tabs are not allowed'],
    ['a bracket left open', 'bus:\n  urls: [amqp://u:hush@h\nhost: x\n', 3, 'Flow sequence'],
    ['a key that is no text', 'host: a\n{a: b}: c\n', 2, ''],
    ['an unknown tag', 'host: a\nlog: !info info\n', 2, 'Unresolved tag'],
    ['two documents', 'host: a\n---\nhost: b\n', 2, 'multiple documents'],
  ])('with %s is one sentence with the line', (_, text, line, why) => {
    const error = failure(file(text));
    expect(error.code).toBe('file-malformed');
    expect(error.problems).toEqual([expect.stringContaining(`agent.yaml: line ${line} is not right YAML: `)]);
    expect(error.message).toContain(why);
    expect(error.message).not.toContain('hush');
    expect(error.message).not.toContain('\n');
  });

  test.each([
    ['an alias of nothing', 'host: *nobody\n'],
    [
      'aliases that grow without end',
      `a: &a [x, x]\n${[...'bcdefghijkl'].map((to, at) => `${to}: &${to} [${`*${'abcdefghijk'[at]},`.repeat(9)}]\n`).join('')}`,
    ],
    ['a list', '- host\n'],
    ['a word', 'host'],
  ])('that is %s is one sentence', (_, text) => {
    const error = failure(file(text));
    expect(error.code).toBe('file-malformed');
    expect(error.problems).toHaveLength(1);
    expect(error.message).toContain('agent.yaml: ');
  });
});
