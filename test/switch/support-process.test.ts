import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { processStart } from '../support/own.ts';
import { type RunningProcess, startProcess } from '../support/process.ts';

const started: RunningProcess[] = [];

afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

async function start(file: string, ...args: readonly string[]): Promise<RunningProcess> {
  const one = await startProcess(file, args);
  started.push(one);
  return one;
}

const aloneIn = (output: string) => Number(/^(\d+)$/m.exec(output)?.[1] ?? Number.NaN) || undefined;

test('a process ends with its children', async () => {
  const shell = await start('sh', '-c', 'sleep 1000 & echo $!; wait');
  const child = await eventually(() => aloneIn(shell.output()));
  await shell.stop();
  expect(await shell.ended).toEqual({ exitCode: null, signal: 'SIGTERM' });
  await eventually(() => processStart(child) === undefined, { what: 'the child to be gone' });
});

test('a process that will not end is killed', async () => {
  const stubborn = await start('sh', '-c', 'trap "" TERM; echo ready; while true; do sleep 1000; done');
  await eventually(() => stubborn.output().includes('ready'));
  await stubborn.stop('SIGTERM', 100);
  expect(await stubborn.ended).toEqual({ exitCode: null, signal: 'SIGKILL' });
  expect(stubborn.isRunning()).toBe(false);
});

test('a program that is not there is an error', async () => {
  await expect(startProcess('/nonexistent/program', [])).rejects.toMatchObject({ code: 'process-ended' });
});

interface Left {
  readonly pids: readonly number[];
  readonly namespaces: readonly string[];
  readonly folder: string;
}

test.each<NodeJS.Signals>(['SIGKILL', 'SIGTERM'])(
  'nothing stays behind a test process that dies of %s',
  async (signal) => {
    const test = await start(process.execPath, join(import.meta.dirname, 'abandon.ts'));
    const line = await eventually(() => /^\{.*\}$/m.exec(test.output())?.[0], { what: 'the test process to be ready' });
    const { pids, namespaces, folder } = JSON.parse(line) as Left;
    const present = () => [
      ...pids.filter((pid) => processStart(pid) !== undefined),
      ...namespaces.filter((name) => existsSync(join('/run/netns', name))),
      ...[folder].filter((path) => existsSync(path)),
    ];
    expect(present()).toEqual([...pids, ...namespaces, folder]);
    test.signal(signal);
    expect((await test.ended).signal).toBe(signal);
    await eventually(
      () => {
        if (present().length > 0) throw new Error(`still there: ${present().join()}`);
        return true;
      },
      { what: 'all to be cleared up' },
    );
  },
);
