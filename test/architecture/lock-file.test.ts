import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Locked {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

const text = readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8');
const { packages }: Locked = JSON.parse(text);

test('the lock file names packages, not where they were fetched from', () => {
  expect(text).not.toContain('"resolved"');
});

test('the lock file has every optional package of every platform', () => {
  // npm leaves out what its registry does not have, and `npm ci` then refuses the lock file on every machine. An entry
  // with version, os and cpu is enough: see those of @biomejs/cli-*.
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});
