import { expect, test } from 'vitest';
import { programs } from './programs.ts';
import { settingsTable } from './settings-table.ts';

test.each(programs)('the document of $name has the table of settings as the schema has it', ({ model, document }) => {
  const rows = document.split('\n').filter((line) => line.includes(`\`${model.prefix}`));
  expect(rows).toEqual(settingsTable(model));
});
