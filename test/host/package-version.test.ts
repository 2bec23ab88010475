import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HostError } from '../../src/host/host-error.ts';
import { packageVersion } from '../../src/host/package-version.ts';
import { addFolder, type Folder } from '../support/folder.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await addFolder('version');
});
afterEach(() => folder.remove());

describe('the version', () => {
  test("is that of the project's package.json", async () => {
    const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8');
    expect(packageVersion()).toBe((JSON.parse(text) as { version: string }).version);
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });

  test.each([
    ['is missing', undefined],
    ['is no JSON', '{'],
    ['is null', 'null'],
    ['has no version', '{"name":"taas-agent"}'],
    ['has a version that is no text', '{"version":3}'],
  ])('is refused where package.json %s', async (_, text) => {
    if (text !== undefined) await writeFile(join(folder.path, 'package.json'), text);
    expect(() => packageVersion(folder.path)).toThrow(
      expect.objectContaining({ code: 'package-unreadable', message: expect.stringContaining(folder.path) }),
    );
    expect(() => packageVersion(folder.path)).toThrow(HostError);
  });
});
