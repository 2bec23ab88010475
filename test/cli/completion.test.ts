import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandTree } from '../../src/cli/command-tree.ts';
import { createProgram } from '../../src/cli/program.ts';
import { PORT, serve, TOKEN } from '../rest-api/serve.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { InteractiveShell, isInstalled, type ShellName } from './interactive-shell.ts';
import { run } from './run.ts';
import { surroundings } from './surroundings.ts';
import { startWebServer } from './web-server.ts';

/** Stands for taas: tells with which words it was called, and which names there are. */
const STAND_IN = `#!/bin/sh
if [ "$1" = completion-names ]; then
  echo "$*" >>"$ASKED"
  printf '%s\\n' web-0 'my port' 'a:b' 'x=y' 'it'"'"'s $HOME' Zürich
else
  printf 'GOT'
  printf '<%s>' "$@"
  echo
fi
`;

let folder: Folder;
const path = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await addFolder('completion');
  await mkdir(path('bin'));
  await writeFile(path('bin/taas'), STAND_IN);
  await chmod(path('bin/taas'), 0o755);
  await writeFile(path('authority.pem'), '');
  for (const shell of ['bash', 'zsh']) await writeFile(path(shell), (await run(['completion', shell])).stdout);
});
afterAll(() => folder?.remove());

const typed: readonly (readonly [string, string])[] = [
  ['taas tap flTABcrTAB--dirTABBTAB', '<tap><flow><create><--direction><BOTH>'],
  ['taas tap-flow-lTAB-f jTAB', '<tap-flow-list><-f><json>'],
  ['taas tap flow create --direction=OTAB', '<tap><flow><create><--direction=OUT>'],
  ['taas tap flow create --name show --portTABwTAB', '<tap><flow><create><--name><show><--port><web-0>'],
  ['taas tap service list -c TeTAB', '<tap><service><list><-c><Tenant>'],
  ['taas --os-endpoint http://h:1/ port liTAB--os-clTAB', '<--os-endpoint><http://h:1/><port><list><--os-cloud>'],
  ['taas tap flow show mTAB', '<tap><flow><show><my port>'],
  ['taas tap flow show my\\ TAB', '<tap><flow><show><my port>'],
  ['taas tap flow show "myTAB', '<tap><flow><show><my port>'],
  ['taas tap flow show aTAB', '<tap><flow><show><a:b>'],
  ['taas tap flow show a:TAB', '<tap><flow><show><a:b>'],
  ['taas tap flow delete web-0 xTAB', '<tap><flow><delete><web-0><x=y>'],
  ['taas tap flow show itTAB', "<tap><flow><show><it's $HOME>"],
  ['taas tap flow show ZTAB', '<tap><flow><show><Zürich>'],
];

describe.each<ShellName>(['bash', 'zsh'])('%s, as somebody types', (name) => {
  const here = isInstalled(name);
  let shell: InteractiveShell;

  beforeAll(async () => {
    if (!here) return;
    const env = { PATH: `${path('bin')}:${process.env['PATH']}`, HOME: folder.path, ASKED: path('asked') };
    shell = await InteractiveShell.start(name, path(name), env);
  });
  afterAll(() => shell?.stop());

  test.skipIf(!here).each(typed)(`${here ? '' : `SKIPPED, ${name} is not installed: `}%s`, async (line, words) => {
    expect(await shell.type(line, /^GOT<.*>\r?$/m)).toBe(`GOT${words}`);
  });

  test.skipIf(!here)(`${here ? '' : `SKIPPED, ${name} is not installed: `}files, where a file is wanted`, async () => {
    const line = `taas --os-cacert ${path('author')}TABport liTAB`;
    expect(await shell.type(line, /^GOT<.*>\r?$/m)).toBe(`GOT<--os-cacert><${path('authority.pem')}><port><list>`);
  });
});

describe('the scripts know', () => {
  const tree = commandTree(createProgram(surroundings()));

  /** What bash offers at the end of each line. */
  async function offered(lines: readonly string[]): Promise<string[][]> {
    const ask = lines.map((line) => {
      const words = line.split(' ').map((word) => `'${word}'`);
      return `COMP_LINE='${line}' COMP_POINT=${line.length} COMP_WORDS=(${words.join(' ')}) COMP_CWORD=${words.length - 1}; _taas; echo "\${COMPREPLY[*]}"`;
    });
    const { stdout } = await execa('bash', ['--norc', '-c', `source ${path('bash')}\n${ask.join('\n')}`]);
    return stdout.split('\n').map((line) => line.split(' ').filter((word) => word !== ''));
  }

  test('every flag that the help of any command tells', async () => {
    const leaves = tree.filter(({ commands }) => commands.length === 0);
    expect(leaves.length).toBeGreaterThan(25);
    const words = await offered(leaves.map(({ place }) => `taas ${place} -`));
    for (const [index, { place }] of leaves.entries()) {
      const { stdout } = await run([...place.split(' '), '--help']);
      const flags = [...stdout.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) => [short, long]);
      const told = flags.filter((flag) => flag !== undefined);
      expect(told.length).toBeGreaterThan(0);
      expect(words[index]).toEqual(expect.arrayContaining([...told, '--os-endpoint']));
    }
  });

  test('every command that the help of its group tells', async () => {
    const groups = tree.filter(({ commands }) => commands.length > 0);
    const words = await offered(groups.map(({ place }) => `taas ${place} `.replace('  ', ' ')));
    for (const [index, { place }] of groups.entries()) {
      const { stdout } = await run([...place.split(' ').filter((word) => word !== ''), '--help']);
      const told = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)(?= [ [])/gm)].map(([, name]) => name);
      expect(words[index]?.toSorted()).toEqual(told.toSorted());
    }
  });

  test('what follows a flag, and that no value is a command', async () => {
    const [choices, formats, nothing, afterValue] = await offered([
      'taas tap flow create --direction ',
      'taas tap flow show x --format ',
      'taas tap flow create --name ',
      'taas tap --os-token flow service l',
    ]);
    expect(choices).toEqual(['IN', 'OUT', 'BOTH']);
    expect(formats).toEqual(['table', 'json', 'yaml', 'csv', 'value', 'shell']);
    expect(nothing).toEqual([]);
    expect(afterValue).toEqual(['list']);
  });
});

describe('names for the scripts', () => {
  test('are asked from the server that the line names, however far it is typed', async () => {
    const api = await serve();
    try {
      const line = [
        'port',
        'show',
        '--os-endpoint',
        api.url,
        '-f',
        'json',
        '--os-token',
        TOKEN.member,
        'x',
        '--os-cloud',
      ];
      const { exitCode, stdout } = await run(['completion-names', 'port', '--', ...line]);
      expect([exitCode, stdout.split('\n').sort()]).toEqual([0, ['', 'db', 'sensor', 'web']]);
    } finally {
      await api.close();
    }
  });

  test('are IDs where a name does not tell which, or cannot be typed', async () => {
    const rows = [
      { id: '1', name: 'twice' },
      { id: '2', name: 'twice' },
      { id: '3', name: '' },
      { id: '4', name: 'a\tb' },
      { id: '5', name: 'once' },
    ];
    const server = await startWebServer((_, response) => response.end(JSON.stringify({ ports: rows })));
    try {
      const { stdout } = await run(['completion-names', 'port'], { environment: { OS_ENDPOINT: server.url } });
      expect(stdout).toBe('1\n2\n3\n4\nonce\n');
    } finally {
      await server.close();
    }
  });

  test('are none when the server does not answer in a moment', async () => {
    const server = await startWebServer(() => undefined);
    try {
      const { exitCode, stdout } = await run(['completion-names', 'port'], {
        environment: { OS_ENDPOINT: server.url },
      });
      expect([exitCode, stdout]).toEqual([1, '']);
    } finally {
      await server.close();
    }
  });

  test('are there for ports, tap services and tap flows, and in no list of commands', async () => {
    const api = await serve();
    const environment = { OS_ENDPOINT: api.url, OS_TOKEN: TOKEN.member };
    try {
      await run(['tap', 'service', 'create', '--port', PORT.sensor, '--name', 'ids'], { environment });
      await run(['tap', 'flow', 'create', '--port', 'web', '--tap-service', 'ids', '--direction', 'IN'], {
        environment,
      });
      expect((await run(['completion-names', 'tap_service'], { environment })).stdout).toBe('ids\n');
      expect((await run(['completion-names', 'tap_flow'], { environment })).stdout).toMatch(/^[0-9a-f-]{36}\n$/);
      expect((await run(['--help'])).stdout).not.toContain('completion-names');
    } finally {
      await api.close();
    }
  });
});
