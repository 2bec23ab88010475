import { type FileHandle, mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encodeHeader } from '../../src/journal/file-header.ts';
import { Journal } from '../../src/journal/journal.ts';
import { StateKeeper } from '../../src/reconcile/state-keeper.ts';
import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { cases } from '../support/times.ts';
import { createFlow, HOST, tapFlow } from '../tap/builders.ts';
import { anyState } from './any-state.ts';
import { addJournalFolder, failure, type JournalFolder } from './journal-folder.ts';
import { history, textOf, withTaps } from './states.ts';

let folder: JournalFolder;
beforeEach(async () => {
  folder = await addJournalFolder();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await folder.remove();
});

describe('what was saved comes back', () => {
  test('any states, saved one after another, by agents that start one after another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyState, { minLength: 1, maxLength: 4 }), { maxLength: 3 }), async (runs) => {
        for (const states of runs) {
          await folder.save(...states);
          expect(textOf((await folder.open()).state)).toBe(textOf(states.at(-1) ?? emptyState));
        }
      }),
      { numRuns: cases(25) },
    );
    expect(folder.kinds().filter((kind) => kind !== 'folded')).toEqual([]);
  });

  test('nothing ever saved is the empty state with a number of its own, and leaves no file', async () => {
    const [first, second] = [await folder.open(), await folder.open()];
    expect(first.state).toEqual({ ...emptyState, lastNumber: expect.any(Number) });
    expect(first.state.lastNumber).not.toBe(second.state.lastNumber);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('taps are nobody else’s business', async () => {
    await folder.save(...history(3));
    expect((await stat(folder.paths.journal)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['taps.journal']);
  });

  test('one change among 5,000 taps is a record of its own size', async () => {
    const many = withTaps(5000);
    const journal = await folder.save(many);
    const before = (await stat(folder.paths.journal)).size;
    await journal.save(takeEvents(many, [createFlow(tapFlow(7000))], HOST).state);
    expect((await stat(folder.paths.journal)).size - before).toBeLessThan(600);
  });
});

describe('all changes that wait go to disk together', () => {
  const take = (n: number) => (state: DesiredState) => takeEvents(state, [createFlow(tapFlow(n))], HOST).state;
  const hundred = Array.from({ length: 100 }, (_, n) => take(n + 10));

  async function syncs() {
    const file = await open(folder.path);
    const prototype = Object.getPrototypeOf(file) as FileHandle;
    await file.close();
    return vi.spyOn(prototype, 'sync');
  }

  async function keeperOf(state: DesiredState): Promise<StateKeeper> {
    return new StateKeeper(await folder.save(state), state);
  }

  test('100 at once: one fsync', async () => {
    const keeper = await keeperOf(withTaps(1));
    const sync = await syncs();
    await Promise.all(hundred.map((change) => keeper.update(change)));
    expect(sync).toHaveBeenCalledTimes(1);
    expect(textOf((await folder.open()).state)).toBe(textOf(keeper.state));
    expect(keeper.state.tapFlows.size).toBe(101);
  });

  test('100 while an fsync runs: one more, and none of them counts before', async () => {
    const keeper = await keeperOf(withTaps(1));
    const sync = await syncs();
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    sync.mockImplementationOnce(async function (this: FileHandle) {
      begun.resolve();
      await go.promise;
      await this.datasync();
    });
    const first = keeper.update(take(5));
    await begun.promise;
    const others = hundred.map((change) => keeper.update(change));
    go.resolve();
    await first;
    expect(keeper.state.tapFlows.size).toBe(2);
    await Promise.all(others);
    expect(sync).toHaveBeenCalledTimes(2);
    expect(keeper.state.tapFlows.size).toBe(102);
    expect(textOf((await folder.open()).state)).toBe(textOf(keeper.state));
  });
});

describe('a file that is not of this journal is refused with the way out, and left as it is', () => {
  test.each(['hello', '{"format":"taas-agent taps","version":1}', '\0\0\0\0\0\0\0\0\0'])(
    'not ours: %j',
    async (text) => {
      await writeFile(folder.paths.journal, text);
      expect(await folder.refusal('not-ours')).toMatch(/move it away, or set another state_dir/);
      expect(await readFile(folder.paths.journal, 'utf8')).toBe(text);
    },
  );

  test.each(['', 'taas', 'taas-jnl\0\0\0'])('not even a header: %j', async (text) => {
    await writeFile(folder.paths.journal, text);
    expect(await folder.refusal('damaged')).toMatch(/its header is not whole; move it away and start again/);
  });

  test('of a newer agent: both versions are named', async () => {
    await folder.save(...history(2));
    const bytes = await readFile(folder.paths.journal);
    // The header of version 2, base 1, with its right checksum.
    const newer = Buffer.from('taas-jnl\0\0\0\x02\0\0\0\0\0\x01');
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(newer));
    await writeFile(folder.paths.journal, Buffer.concat([newer, checksum, bytes.subarray(22)]));
    const message = await folder.refusal('version');
    expect(message).toMatch(/newer taas-agent \(version 2, this one reads 1\); start that one/);
  });

  test('the header of version 1 is as it was released', () => {
    expect(encodeHeader(1).toString('hex')).toBe('746161732d6a6e6c00000001000000000001d57f88bd');
  });
});

describe('a folder or file that cannot be had', () => {
  test('a folder that is none', async () => {
    await writeFile(join(folder.path, 'plain'), '');
    const error = await failure(
      Journal.open(join(folder.path, 'plain', 'state'), () => undefined),
      'io',
    );
    expect(error.message).toContain('taps cannot be read');
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('a folder that is gone', async () => {
    const journal = await Journal.open(join(folder.path, 'gone'), () => undefined);
    expect((await failure(journal.save(withTaps(1)), 'io')).message).toMatch(/taps cannot be saved.*ENOENT/);
  });

  test('a journal that is a folder', async () => {
    await mkdir(folder.paths.journal);
    expect(await folder.refusal('io')).toContain('EISDIR');
  });
});
