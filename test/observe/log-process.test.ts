import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

test('a process that logs and exits loses no line of standard output', async () => {
  const result = await execa(process.execPath, [join(import.meta.dirname, 'log-fixture.ts')], {
    reject: false,
    maxBuffer: 10_000_000,
  });
  expect([result.exitCode, result.stderr]).toEqual([1, '']);
  const entries = result.stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(entries).toHaveLength(2001);
  expect(entries.at(1999)).toMatchObject({ level: 'info', number: 1999 });
  expect(entries.at(-1)).toMatchObject({ level: 'fatal', host: 'compute-1', msg: 'the end' });
});
