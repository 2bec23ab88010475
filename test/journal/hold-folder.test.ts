import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdFolder } from '../../src/journal/hold-folder.ts';
import { addFolder, type Folder } from '../support/folder.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await addFolder('hold');
});
afterEach(() => folder.remove());

test('the folder is made, for root alone, and kept from others until it is let go', async () => {
  const path = join(folder.path, 'a', 'state');
  const release = await holdFolder(path);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await expect(holdFolder(path)).rejects.toMatchObject({
    code: 'in-use',
    message: /is in use by a running taas-agent/,
  });
  await expect(holdFolder(join(path, '..', 'state'))).rejects.toMatchObject({ code: 'in-use' });
  (await holdFolder(join(folder.path, 'other')))();
  release();
  (await holdFolder(path))();
});

test('a folder that cannot be made is told', async () => {
  await expect(holdFolder('/dev/null/state')).rejects.toMatchObject({
    code: 'io',
    message: /\/dev\/null\/state cannot be had/,
  });
});
