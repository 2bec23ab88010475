import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type RunningProcess, startProcess } from '../support/process.ts';

const FIXTURE = join(import.meta.dirname, 'signals-fixture.ts');
let daemon: RunningProcess;
const said = (text: string) =>
  eventually(() => daemon.output().split('\n').includes(text), { what: `"${text}" in ${daemon.output()}` });

beforeEach(async () => {
  daemon = await startProcess(process.execPath, [FIXTURE]);
  await said('ready');
});
afterEach(() => daemon.stop('SIGKILL'));

/** Whether the process listens on TCP: the inodes of its sockets against the kernel's list of listeners (proc(5)). */
async function listens(pid: number): Promise<boolean> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')));
  const rows = tables.flatMap((table) => table.split('\n').slice(1)).map((row) => row.trim().split(/\s+/));
  const inodes = new Set(rows.filter((row) => row[3] === '0A').map((row) => `socket:[${row[9]}]`));
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder);
  const targets = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')));
  return targets.some((target) => inodes.has(target));
}

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s stops once, and the next of either kind at once', async (signal) => {
    daemon.signal(signal);
    await said(`stop ${signal}`);
    expect(daemon.isRunning()).toBe(true);
    daemon.signal('SIGINT');
    await said('stop now SIGINT');
    expect(await daemon.ended).toMatchObject({ exitCode: 1, signal: null });
    expect(daemon.output().split('\n')).toEqual(['ready', `stop ${signal}`, 'stop now SIGINT', '']);
  });

  test('SIGHUP reloads, also while stopping, and as often as it comes', async () => {
    daemon.signal('SIGHUP');
    await said('reload');
    daemon.signal('SIGTERM');
    await said('stop SIGTERM');
    daemon.signal('SIGHUP');
    await eventually(
      () =>
        daemon
          .output()
          .split('\n')
          .filter((line) => line === 'reload').length === 2,
    );
    expect(daemon.isRunning()).toBe(true);
  });

  test("SIGUSR1 dumps, and does not open Node's debugger", async () => {
    daemon.signal('SIGUSR1');
    await said('dump');
    expect(await listens(daemon.pid)).toBe(false);
    expect(daemon.output()).not.toContain('Debugger');
  });
});
