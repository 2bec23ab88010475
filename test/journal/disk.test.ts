import { type FileHandle, mkdir, open, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StateKeeper } from '../../src/reconcile/state-keeper.ts';
import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { addTinyDisk, type TinyDisk } from '../support/tiny-disk.ts';
import { createFlow, HOST, tapFlow } from '../tap/builders.ts';
import { addJournalFolder, failure, JournalFolder } from './journal-folder.ts';
import { history, textOf, withTaps } from './states.ts';

const [first = emptyState, second = emptyState, third = emptyState] = history(3);
const with100More = (state: DesiredState, from: number) =>
  takeEvents(
    state,
    Array.from({ length: 100 }, (_, n) => createFlow(tapFlow(from + n))),
    HOST,
  ).state;

describe('a disk that is full or read-only', () => {
  let disk: TinyDisk;
  let folder: JournalFolder;
  beforeEach(async () => {
    disk = await addTinyDisk(300);
    folder = new JournalFolder(disk.path, disk.remove);
  });
  afterEach(() => folder.remove());

  const saved = async () => textOf((await folder.open()).state);
  const fill = (kibibytes: number) => writeFile(join(folder.path, 'ballast'), Buffer.alloc(kibibytes * 1024));

  /** Saves ever more until the disk is full; answers what was saved last and what was not. */
  async function fillUp(journal: Awaited<ReturnType<JournalFolder['open']>>) {
    for (let state = first, n = 100; ; n += 100) {
      const next = with100More(state, n);
      try {
        await journal.save(next);
      } catch (error) {
        return { kept: state, refused: next, error };
      }
      state = next;
    }
  }

  test('full: rejected, nothing lost, nothing half-written left; goes on when there is room', async () => {
    const journal = await folder.save(first);
    await fill(128);
    const { kept, refused, error } = await fillUp(journal);
    expect(kept).not.toBe(first);
    expect(error).toMatchObject({ code: 'io', message: expect.stringMatching(/taps\.journal.*ENOSPC/) });
    expect(journal.failure).toBe(error);
    expect(journal.state).toBe(kept);
    expect(await saved()).toBe(textOf(kept));
    await failure(journal.save(refused), 'io');
    await fill(0);
    await journal.save(refused);
    expect(journal.failure).toBe(undefined);
    folder.told.length = 0;
    expect(await saved()).toBe(textOf(refused));
    expect(folder.told).toEqual([]);
  });

  test('full, and killed: the next agent starts with what was saved, and goes on when there is room', async () => {
    const { kept, refused } = await fillUp(await folder.save(first));
    const next = await folder.open();
    expect(textOf(next.state)).toBe(textOf(kept));
    await disk.remount('size=3m');
    await next.save(refused);
    expect(await saved()).toBe(textOf(refused));
  });

  test('full from the first: rejected; then as if nothing had been', async () => {
    await fill(300 - 8);
    const journal = await folder.open();
    await failure(journal.save(withTaps(400)), 'io');
    await rm(join(folder.path, 'ballast'));
    await journal.save(first);
    expect(await saved()).toBe(textOf(first));
  });

  test('no room for a snapshot: what was saved is safe, the journal says so and goes on', async () => {
    await disk.remount('size=500k');
    const journal = await folder.open();
    let state = first;
    for (let n = 100; !folder.kinds().includes('fold-failed'); n += 100) {
      state = with100More(takeEvents(state, [], HOST).state, n);
      await journal.save(state);
    }
    expect(await saved()).toBe(textOf(state));
    const after = takeEvents(state, [createFlow(tapFlow(9000))], HOST).state;
    await journal.save(after);
    expect(await saved()).toBe(textOf(after));
    expect(folder.kinds().filter((kind) => kind === 'fold-failed')).toHaveLength(1);
    await expect(stat(folder.paths.next)).rejects.toThrow('ENOENT');
  });

  test('read-only: starts, rejects, and goes on when it can be written again', async () => {
    await folder.save(first);
    await disk.remount('ro');
    const journal = await folder.open();
    expect(textOf(journal.state)).toBe(textOf(first));
    expect((await failure(journal.save(second), 'io')).message).toContain('EROFS');
    await disk.remount('rw');
    await journal.save(second);
    expect(await saved()).toBe(textOf(second));
  });

  test('all changes that wait fail together, are made again, and are there', async () => {
    const journal = await folder.save(first);
    const keeper = new StateKeeper(journal, journal.state);
    await disk.remount('ro');
    const all = () =>
      Promise.allSettled(
        [20, 21, 22].map((n) => keeper.update((state) => takeEvents(state, [createFlow(tapFlow(n))], HOST).state)),
      );
    expect((await all()).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(keeper.state).toBe(first);
    await disk.remount('rw');
    expect((await all()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(keeper.state.tapFlows.size).toBe(3);
    expect(await saved()).toBe(textOf(keeper.state));
  });
});

describe('a disk that fails, and people who move files', () => {
  let folder: JournalFolder;
  beforeEach(async () => {
    folder = await addJournalFolder();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await folder.remove();
  });

  const saved = async () => textOf((await folder.open()).state);

  /** The n-th fsync from now on fails, after its bytes were written. */
  async function failSync(nth: number) {
    const file = await open(folder.path);
    const sync = vi.spyOn(Object.getPrototypeOf(file) as FileHandle, 'sync');
    await file.close();
    for (let n = 1; n < nth; n += 1) sync.mockImplementationOnce(() => Promise.resolve());
    sync.mockRejectedValueOnce(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' }));
    return sync;
  }

  test.each([1, 2])(
    'an fsync that fails while a record is written, once or %i times: it is written anew',
    async (times) => {
      const journal = await folder.save(first);
      for (let n = 0; n < times; n += 1) {
        await failSync(1);
        expect((await failure(journal.save(third), 'io')).message).toContain('EIO');
      }
      expect(journal.state).toBe(first);
      const sync = await failSync(3);
      sync.mockClear();
      await journal.save(second);
      // What is cut off is off the disk before another record is begun: two halves of records must never meet.
      expect(sync).toHaveBeenCalledTimes(2);
      sync.mockRestore();
      expect(await saved()).toBe(textOf(second));
      expect(folder.told).toEqual([]);
    },
  );

  test.each([
    [1, 'of the snapshot'],
    [2, 'of the folder, after the rename'],
  ])('fsync %i fails at the first save, that %s: what is saved next counts', async (nth) => {
    const journal = await folder.open();
    await failSync(nth);
    await failure(journal.save(third), 'io');
    await journal.save(first);
    await journal.save(second);
    expect(await saved()).toBe(textOf(second));
    expect(folder.told).toEqual([]);
  });

  test.each(['moved away', 'cut', 'another file', 'a copy put back'])(
    'the journal is %s under a running agent: all taps are written anew',
    async (what) => {
      const journal = await folder.save(first, second);
      const bytes = await readFile(folder.paths.journal);
      if (what === 'cut') await writeFile(folder.paths.journal, bytes.subarray(0, 50));
      else await rename(folder.paths.journal, join(folder.path, 'away'));
      if (what === 'another file') await writeFile(folder.paths.journal, 'x'.repeat(10_000));
      if (what === 'a copy put back') await writeFile(folder.paths.journal, bytes);
      await journal.save(third);
      expect(await saved()).toBe(textOf(third));
      expect(folder.told).toEqual([]);
    },
  );

  test('a folder in the way of the journal: rejected until it is gone', async () => {
    const journal = await folder.save(first);
    const away = join(folder.path, 'away');
    await rename(folder.paths.journal, away);
    await mkdir(folder.paths.journal);
    expect((await failure(journal.save(second), 'io')).message).toContain('EISDIR');
    await rmdir(folder.paths.journal);
    await rename(away, folder.paths.journal);
    await journal.save(second);
    expect(await saved()).toBe(textOf(second));
  });

  test('a folder in the way of the next snapshot leaves what was saved', async () => {
    const journal = await folder.save(first);
    await mkdir(folder.paths.next);
    await rm(folder.paths.journal);
    await failure(journal.save(second), 'io');
    await rmdir(folder.paths.next);
    await journal.save(second);
    expect(await saved()).toBe(textOf(second));
  });
});
