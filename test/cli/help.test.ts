import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandTree } from '../../src/cli/command-tree.ts';
import { connectionFlags, flagOf } from '../../src/cli/connection-flags.ts';
import { createProgram } from '../../src/cli/program.ts';
import { type Served, serve, TOKEN } from '../rest-api/serve.ts';
import { run } from './run.ts';
import { surroundings } from './surroundings.ts';

let api: Served;

beforeAll(async () => {
  api = await serve();
});
afterAll(() => api?.close());

const places = commandTree(createProgram(surroundings())).map(({ place }) => place);

function examplesIn(help: string): string[] {
  const [, examples = ''] = help.split(/^Example.*:\n/m);
  return [...examples.matchAll(/^ {2}(?:source <\()?taas ([^)\n]*)\)?$/gm)].map(([, words = '']) => words);
}

describe.each(places)('taas %s --help', (place) => {
  const words = place.split(' ').filter((word) => word !== '');

  test('tells what it does, with an example that makes sense', async () => {
    const { exitCode, stdout, stderr } = await run([...words, '--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: taas ${place}.*\n\n[A-Z].*\n`));
    const examples = examplesIn(stdout);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(example.startsWith(place)).toBe(true);
      const ran = await run(example.split(' '), { environment: { OS_ENDPOINT: api.url, OS_TOKEN: TOKEN.member } });
      // What it names need not exist, but nothing is wrong with the words.
      expect([0, 1]).toContain(ran.exitCode);
      expect(ran.stderr).not.toContain('see taas');
    }
  });

  test('is what "taas help" prints, too', async () => {
    const { stdout } = await run([...words, '--help']);
    expect(await run(['help', ...words])).toEqual({ exitCode: 0, stdout, stderr: '' });
  });
});

test('the help of the program tells the flags of the connection, the ten names and the exit codes', async () => {
  const { stdout } = await run(['--help']);
  const names = ['service', 'flow'].flatMap((kind) =>
    ['create', 'list', 'show', 'update', 'delete'].map((verb) => `tap-${kind}-${verb}`),
  );
  const flags = connectionFlags.map(({ name }) => flagOf(name));
  for (const word of [
    ...names,
    ...flags,
    '--insecure',
    'Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 130',
  ]) {
    expect(stdout).toContain(`${word}`);
  }
  expect(places).toEqual(expect.arrayContaining([...names, 'tap service create', 'port set', 'completion zsh']));
});

test('--version is told on standard output', async () => {
  expect(await run(['--version'])).toEqual({ exitCode: 0, stdout: 'taas 1.2.3\n', stderr: '' });
  expect(await run(['-V'])).toMatchObject({ exitCode: 0, stdout: 'taas 1.2.3\n' });
});

test('no command at all is wrong usage, and told what there is', async () => {
  expect(await run([])).toEqual({ exitCode: 2, stdout: '', stderr: (await run(['--help'])).stdout });
});
