import { promises } from 'node:fs';
import { type FileHandle, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { replay } from '../../src/journal/replay.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { createFlow, HOST, tapFlow } from '../tap/builders.ts';
import { addJournalFolder, type JournalFolder } from './journal-folder.ts';
import { history, textOf, withTaps } from './states.ts';

/** Node's modules tell those who import them by name what has become of their functions only when asked to. */
function failNextRename(): void {
  vi.spyOn(promises, 'rename').mockRejectedValueOnce(new Error('EIO'));
  syncBuiltinESMExports();
}

let folder: JournalFolder;
beforeEach(async () => {
  folder = await addJournalFolder();
});
afterEach(async () => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  await folder.remove();
});

const changed = (state: DesiredState, n: number) =>
  takeEvents(state, [createFlow(tapFlow(100_000 + (n % 700)))], HOST).state;
/** Many changes as one: a record of some 35 KiB. */
const muchChanged = (state: DesiredState, n: number) =>
  takeEvents(
    state,
    Array.from({ length: 100 }, (_, m) => createFlow(tapFlow(m + 1, { direction: n % 2 ? 'IN' : 'OUT' }))),
    HOST,
  ).state;

/** Saves until the journal was begun anew, and `more` times after that; answers the last state. */
async function foldOnce(state: DesiredState, more: number): Promise<DesiredState> {
  const journal = await folder.save(state);
  let last = state;
  for (let n = 0; !folder.kinds().includes('folded'); n += 1) {
    last = muchChanged(last, n);
    await journal.save(last);
  }
  for (let n = 0; n < more; n += 1) {
    last = changed(last, n);
    await journal.save(last);
  }
  return last;
}

async function spoil(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  await writeFile(path, bytes);
}

describe('the log is folded into a snapshot', () => {
  test('when it has grown to 256 KiB, the earlier file stays, each for the owner alone', async () => {
    const last = await foldOnce(withTaps(100), 3);
    const earlier = await stat(folder.paths.earlier);
    expect(earlier.size).toBeGreaterThan(256 * 1024);
    expect(earlier.size).toBeLessThan(400 * 1024);
    expect((await stat(folder.paths.journal)).size).toBeLessThan(60 * 1024);
    expect((await readdir(folder.path)).sort()).toEqual(['taps.journal', 'taps.journal.earlier']);
    expect([earlier.mode & 0o777, (await stat(folder.paths.journal)).mode & 0o777]).toEqual([0o600, 0o600]);
    expect(textOf((await folder.open()).state)).toBe(textOf(last));
  });

  test('when it is as long as the snapshot, where that is longer', async () => {
    const state = withTaps(3000);
    const snapshot = Buffer.byteLength(textOf(state));
    expect(snapshot).toBeGreaterThan(2 * 256 * 1024);
    await foldOnce(state, 0);
    const [event] = folder.told;
    expect(event).toMatchObject({ kind: 'folded' });
    const before = event?.kind === 'folded' ? event.before : 0;
    expect(before / snapshot).toBeGreaterThan(2);
    expect(before / snapshot).toBeLessThan(2.2);
  });

  test('again and again, also across starts: files stay small, every state is there', async () => {
    let state = withTaps(100);
    for (let start = 0; start < 6; start += 1) {
      const journal = await folder.open();
      for (let n = 0; n < 4; n += 1) {
        state = muchChanged(state, n);
        await journal.save(state);
      }
      expect(textOf((await folder.open()).state)).toBe(textOf(state));
      expect((await stat(folder.paths.journal)).size).toBeLessThan(400 * 1024);
    }
    expect(folder.kinds().filter((kind) => kind === 'folded').length).toBeGreaterThanOrEqual(2);
  });

  test('the two files meet: the earlier one ends where the newest begins', async () => {
    await foldOnce(withTaps(100), 3);
    const newest = replay(await readFile(folder.paths.journal), 'newest');
    const earlier = replay(await readFile(folder.paths.earlier), 'earlier');
    expect([earlier.sequence, earlier.torn, newest.sequence]).toEqual([newest.base, 0, newest.base + 3]);
  });
});

describe('a crash while it is folded', () => {
  /** What there is after each step: the next snapshot half written, or whole; the earlier file linked; renamed. */
  const steps: readonly [string, () => Promise<void>][] = [
    ['the next snapshot half written', async () => truncate(folder.paths.next, 100)],
    ['the next snapshot written', async () => rm(folder.paths.earlier)],
    ['the earlier file linked', async () => undefined],
    ['the next snapshot renamed', async () => rename(folder.paths.next, folder.paths.journal)],
  ];

  test.each(steps)('%s: the same state, and it goes on', async (_, arrange) => {
    const last = await foldOnce(withTaps(100), 0);
    await rename(folder.paths.journal, folder.paths.next);
    await writeFile(folder.paths.journal, await readFile(folder.paths.earlier));
    await arrange();
    const journal = await folder.open();
    expect(textOf(journal.state)).toBe(textOf(last));
    let state = journal.state;
    for (let n = 0; n < 12; n += 1) {
      state = muchChanged(state, n);
      await journal.save(state);
    }
    expect(textOf((await folder.open()).state)).toBe(textOf(state));
    expect((await readdir(folder.path)).sort()).toEqual(['taps.journal', 'taps.journal.earlier']);
  });

  test('the folder cannot be synced: what was saved stays saved, and the next save is sure of its file', async () => {
    const file = await open(folder.path);
    const sync = vi.spyOn(Object.getPrototypeOf(file) as FileHandle, 'sync');
    await file.close();
    const journal = await folder.save(withTaps(100));
    let state = journal.state;
    let n = 0;
    for (; (await stat(folder.paths.journal)).size < 240 * 1024; n += 1) {
      state = muchChanged(state, n);
      await journal.save(state);
    }
    sync.mockImplementationOnce(() => Promise.resolve());
    sync.mockImplementationOnce(() => Promise.resolve());
    sync.mockRejectedValueOnce(new Error('EIO'));
    state = muchChanged(state, n);
    await journal.save(state);
    expect(folder.kinds()).toEqual(['fold-failed']);
    expect(textOf((await folder.open()).state)).toBe(textOf(state));
    sync.mockClear();
    state = changed(state, 1);
    await journal.save(state);
    expect(sync).toHaveBeenCalledTimes(2);
    expect(textOf((await folder.open()).state)).toBe(textOf(state));
  });
});

describe('the newest snapshot is damaged', () => {
  /** In its head; in its middle. */
  const places = [25, 3000];

  test.each(places)(
    'at byte %i: the earlier one and all changes since give the very same state, said aloud',
    async (at) => {
      const last = await foldOnce(withTaps(100), 5);
      await spoil(folder.paths.journal, at);
      folder.told.length = 0;
      const journal = await folder.open();
      expect(textOf(journal.state)).toBe(textOf(last));
      expect(folder.told).toEqual([
        { kind: 'earlier-used', path: folder.paths.journal, earlier: folder.paths.earlier },
      ]);
      expect(textOf((await folder.open()).state)).toBe(textOf(last));

      folder.told.length = 0;
      const next = changed(journal.state, 99);
      await journal.save(next);
      expect(folder.kinds()).toEqual(['folded']);
      expect(await readdir(folder.path)).toEqual(['taps.journal']);
      expect(textOf((await folder.open()).state)).toBe(textOf(next));
      expect(folder.kinds()).toEqual(['folded']);
    },
  );

  test('and no new one can take its place: the earlier one stays until one does', async () => {
    const last = await foldOnce(withTaps(100), 5);
    await spoil(folder.paths.journal, 3000);
    const journal = await folder.open();
    failNextRename();
    const next = changed(last, 99);
    await journal.save(next);
    expect(folder.kinds().slice(-2)).toEqual(['earlier-used', 'fold-failed']);
    expect(textOf((await folder.open()).state)).toBe(textOf(next));
  });

  test.each(places)('at byte %i, with no change since', async (at) => {
    const last = await foldOnce(withTaps(100), 0);
    await spoil(folder.paths.journal, at);
    const journal = await folder.open();
    expect(textOf(journal.state)).toBe(textOf(last));
    await journal.save(changed(last, 1));
    expect(textOf((await folder.open()).state)).toBe(textOf(changed(last, 1)));
  });

  test('and the last record torn: all but that one', async () => {
    const journal = await folder.save(withTaps(100));
    let state = journal.state;
    for (let n = 0; !folder.kinds().includes('folded'); n += 1) {
      state = muchChanged(state, n);
      await journal.save(state);
    }
    const kept = changed(state, 1);
    await journal.save(kept);
    await journal.save(changed(kept, 2));
    await truncate(folder.paths.journal, (await stat(folder.paths.journal)).size - 7);
    await spoil(folder.paths.journal, 3000);
    folder.told.length = 0;
    expect(textOf((await folder.open()).state)).toBe(textOf(kept));
    expect(folder.kinds().sort()).toEqual(['earlier-used', 'torn-tail']);
  });

  test.each<[string, () => Promise<void>, RegExp]>([
    ['is not there', () => rm(folder.paths.earlier), /no earlier one leads up to it/],
    [
      'is torn',
      async () => truncate(folder.paths.earlier, (await stat(folder.paths.earlier)).size - 1),
      /no earlier one/,
    ],
    ['is damaged, too', () => spoil(folder.paths.earlier, 3000), /no earlier one leads up to it/],
    ['is damaged in its log', () => spoil(folder.paths.earlier, 60_000), /earlier one is of no use .*record/],
    ['is something else', () => writeFile(folder.paths.earlier, 'hello'), /earlier one is of no use .*something else/],
    [
      'is of another time',
      async () => {
        await rm(folder.paths.earlier);
        const bytes = await readFile(folder.paths.journal);
        await rm(folder.paths.journal);
        await folder.save(...history(3));
        await rename(folder.paths.journal, folder.paths.earlier);
        await writeFile(folder.paths.journal, bytes);
      },
      /no earlier one leads up to it/,
    ],
  ])('and the earlier file %s: refused with the way out', async (_, arrange, words) => {
    await foldOnce(withTaps(100), 3);
    await spoil(folder.paths.journal, 3000);
    await arrange();
    const message = await folder.refusal('damaged');
    expect(message).toMatch(words);
    expect(message).toMatch(/taps\.journal is damaged: .*; move it away and start again/);
  });

  test('an earlier file alone is never taken for what was saved last', async () => {
    await foldOnce(withTaps(100), 3);
    await rm(folder.paths.journal);
    const journal = await folder.open();
    expect(journal.state.tapFlows.size).toBe(0);
    await journal.save(withTaps(1));
    expect(await readdir(folder.path)).toEqual(['taps.journal']);
  });
});
