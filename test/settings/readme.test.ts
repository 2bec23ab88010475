import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { settingsTable } from './settings-table.ts';

test('the README has the table of settings as the schema has it', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8').split('\n');
  const rows = readme.filter((line) => line.includes('`TAAS_AGENT_'));
  expect(rows).toEqual(settingsTable(agentModel));
});
