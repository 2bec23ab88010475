import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { processesNaming } from '../support/rabbitmq-processes.ts';

test('stop leaves no process behind', async () => {
  const broker = await Rabbitmq.start();
  expect(broker.processes().length).toBeGreaterThanOrEqual(3);
  await broker.stop();
  expect(broker.processes()).toEqual([]);
});

test('a test that is killed takes its broker with it, and the folder', async () => {
  const child = execa(process.execPath, [join(import.meta.dirname, 'hold-broker.ts')], { reject: false });
  try {
    const folder = await new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text))));
    expect(processesNaming(folder).length).toBeGreaterThanOrEqual(3);
    child.kill('SIGKILL');
    const gone = () => processesNaming(folder).length === 0 && !existsSync(folder);
    await eventually(gone, { timeoutMs: 90_000, what: 'the end of the broker' });
  } finally {
    child.kill('SIGKILL');
    await child;
  }
});
