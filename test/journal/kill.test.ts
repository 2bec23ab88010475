import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';
import { uuid } from '../tap/builders.ts';
import { addJournalFolder, type JournalFolder } from './journal-folder.ts';

let folder: JournalFolder;
beforeEach(async () => {
  folder = await addJournalFolder();
  await folder.save({ ...(await folder.open()).state, lastNumber: 0 });
});
afterEach(() => folder.remove());

/** Lets a process save until it is killed at some moment, and answers the last number that it said was saved. */
async function saveAndKill(round: number): Promise<number> {
  const saver = await startProcess(process.execPath, [join(import.meta.dirname, 'save-for-ever.ts'), folder.path]);
  try {
    await eventually(() => /\d+\n\d+\n/.test(saver.output()), { what: 'changes to be saved', intervalMs: 1 });
    await delay((round * 7) % 60);
  } finally {
    await saver.stop('SIGKILL');
  }
  const whole = saver.output().slice(0, saver.output().lastIndexOf('\n'));
  return Number(whole.slice(whole.lastIndexOf('\n') + 1));
}

test('kill -9 at any moment, 20 times: what it said was saved is there, and at most the change under way', async () => {
  for (let round = 0; round < 20; round += 1) {
    const said = await saveAndKill(round);
    const { state } = await folder.open();
    expect([said, said + 1]).toContain(state.lastNumber);
    expect(state.tapFlows.get(uuid('flow', 1))?.tap.sourceMac).toBe(`${state.lastNumber}`);
  }
  expect(folder.kinds().filter((kind) => kind !== 'torn-tail')).toEqual([]);
});
