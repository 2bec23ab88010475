import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/performance.md');

async function timeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.mtimeMs;
}

test('the measurements can be made: each once, as small as can be, and nothing is written', async () => {
  const before = await timeOf(DOCUMENT);
  const { stdout } = await execa(process.execPath, ['test/bench/bench.ts', '--smoke'], { cwd: ROOT });
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(scripts.bench).toContain('test/bench/bench.ts');
  for (const section of [
    'One after another',
    'All at once',
    'Start',
    'At rest',
    'Messages for other hosts',
    'Repair',
    'A fleet of 3 hosts',
    'What 20 hosts come to',
  ]) {
    expect(stdout).toMatch(new RegExp(`^##.* ?${section}`, 'm'));
  }
  expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
  expect(await timeOf(DOCUMENT)).toBe(before);
});
