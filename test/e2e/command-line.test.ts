import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addFolder, type Folder } from '../support/folder.ts';
import { PROGRAM, runProgram } from './run-program.ts';

let folder: Folder;
const path = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await addFolder('command');
  await writeFile(path('good.yaml'), 'host: host-7\nbus:\n  urls: ["amqp://taas:very-secret@mq.example:5672/v"]\n');
  await writeFile(path('bad.yaml'), 'hots: a\nbus: {urls: [http://x]}\nport_grace_seconds: -1\nlog: {level: loud}\n');
  await writeFile(path('broken.yaml'), 'bus: {urls: [\n');
});
afterAll(() => folder?.remove());

const version = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')).version;

test('--version says who it is', async () => {
  expect(await runProgram(['--version'])).toEqual({ exitCode: 0, stdout: `taas-agent ${version}`, stderr: '' });
});

test.each(['--help', '-h'])('%s tells every form of the command, on standard output', async (option) => {
  const { exitCode, stdout, stderr } = await runProgram([option]);
  expect([exitCode, stderr]).toEqual([0, '']);
  for (const word of ['--config FILE', '--check-config', 'cleanup', '--version', 'Exit codes']) {
    expect(stdout).toContain(word);
  }
});

describe('wrong words on the command line: which one, the usage, exit 2', () => {
  test.each([
    [['--frobnicate'], '--frobnicate'],
    [['--config'], '--config'],
    [['--config', 'x', '--check-config=yes'], '--check-config'],
    [['fly'], 'fly'],
    [['cleanup', 'now'], 'now'],
    [['-x'], '-x'],
  ])('%j', async (args, word) => {
    const { exitCode, stdout, stderr } = await runProgram(args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(word);
    expect(stderr).toContain('usage: taas-agent --config FILE');
  });
});

describe('--check-config', () => {
  test('shows what is in force, passwords masked', async () => {
    const { exitCode, stdout, stderr } = await runProgram(['--config', path('good.yaml'), '--check-config']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('host: host-7');
    expect(stdout).toContain('amqp://taas:***@mq.example:5672/v');
    expect(stdout).toContain('port_grace_seconds: 30');
    expect(stdout).not.toContain('very-secret');
  });

  test('a variable of the environment wins over the file', async () => {
    const { stdout } = await runProgram(['--config', path('good.yaml'), '--check-config'], {
      TAAS_AGENT_HOST: 'host-8',
      TAAS_AGENT_BUS_URLS: 'amqp://a:hidden@mq-1,amqps://a:hidden@mq-2',
    });
    expect(stdout).toContain('host: host-8');
    expect(stdout).toContain('amqps://a:***@mq-2');
    expect(stdout).not.toContain('hidden');
  });

  test('names every wrong key at once, exit 2', async () => {
    const { exitCode, stdout, stderr } = await runProgram(['--config', path('bad.yaml'), '--check-config']);
    expect([exitCode, stdout]).toEqual([2, '']);
    const lines = stderr.split('\n');
    for (const key of ['hots', 'bus.urls', 'port_grace_seconds', 'log.level']) {
      expect(lines.filter((line) => line.startsWith('taas-agent: ') && line.includes(key))).toHaveLength(1);
    }
    expect(lines).toHaveLength(4);
  });

  test.each(['broken.yaml', 'none.yaml'])('%s cannot be read: a sentence with the file, exit 2', async (name) => {
    const { exitCode, stderr } = await runProgram(['--config', path(name), '--check-config']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^taas-agent: /);
    expect(stderr).toContain(path(name));
  });
});

test('without arguments and settings it says what is missing, and starts nothing', async () => {
  const { exitCode, stdout, stderr } = await runProgram([]);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain('bus.urls');
});

test('the daemon and the clean-up refuse wrong settings as --check-config does', async () => {
  for (const args of [
    ['--config', path('bad.yaml')],
    ['cleanup', '--config', path('bad.yaml')],
  ]) {
    const { exitCode, stdout, stderr } = await runProgram(args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('port_grace_seconds');
  }
});

describe('the program finds its own Node', () => {
  test('through symbolic links, from any folder, with a PATH that has none', async () => {
    await symlink(PROGRAM, path('first'));
    await symlink('first', path('taas-agent'));
    const bin = path('bin');
    await mkdir(bin);
    for (const tool of ['sh', 'readlink', 'dirname', 'basename', 'sed'])
      await symlink(`/usr/bin/${tool}`, join(bin, tool));
    expect(await runProgram(['--version'], { PATH: bin }, path('taas-agent'))).toMatchObject({
      exitCode: 0,
      stdout: `taas-agent ${version}`,
    });
  });

  test('whatever node comes first in PATH', async () => {
    const bin = path('false-bin');
    await mkdir(bin);
    await writeFile(join(bin, 'node'), '#!/bin/sh\necho this is no node\nexit 9\n');
    await chmod(join(bin, 'node'), 0o755);
    const ran = await runProgram(['--version'], { PATH: `${bin}:/usr/bin:/bin` });
    expect(ran).toMatchObject({ exitCode: 0, stdout: `taas-agent ${version}` });
  });

  test('or says how to get it', async () => {
    const lonely = path('lonely');
    await mkdir(join(lonely, 'dist'), { recursive: true });
    await copyFile(PROGRAM, join(lonely, 'dist/taas-agent'));
    await chmod(join(lonely, 'dist/taas-agent'), 0o755);
    const { exitCode, stderr } = await runProgram(['--version'], {}, join(lonely, 'dist/taas-agent'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("run 'npm ci'");
    expect(stderr.split('\n')).toHaveLength(1);
  });
});
