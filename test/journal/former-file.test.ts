import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { partsOf } from '../../src/journal/state-json.ts';
import { emptyState } from '../../src/tap/desired-state.ts';
import { addJournalFolder, failure, type JournalFolder } from './journal-folder.ts';
import { history, textOf } from './states.ts';

const [first = emptyState, second = emptyState, third = emptyState] = history(3);

let folder: JournalFolder;
beforeEach(async () => {
  folder = await addJournalFolder();
});
afterEach(() => folder.remove());

/** The document that agents wrote before there was a journal. */
const former = (changes: Record<string, unknown> = {}) =>
  JSON.stringify({ format: 'taas-agent taps', version: 1, ...partsOf(second), ...changes });
const write = (text: string) => writeFile(folder.paths.former, text);

describe('the taps of an agent from before there was a journal', () => {
  test('a file as that agent wrote it', async () => {
    const flow =
      '{"tap":{"id":"f1","tapServiceId":"s1","sourcePortId":"p1","sourceMac":"fa:16:3e:00:00:01","direction":"BOTH","vlanFilter":[{"first":1,"last":5}]},"host":null,"number":8,"confirmed":true,"reportDue":false}';
    await write(
      `{"format":"taas-agent taps","version":1,"tapServices":[],"tapFlows":[${flow}],"lastNumber":8,"deleted":["d1"],"departing":[],"reports":[{"kind":"tap_flow","id":"f0","status":"ERROR"}]}\n`,
    );
    const { state } = await folder.open();
    expect([...state.tapFlows]).toEqual([['f1', JSON.parse(flow)]]);
    expect(state).toMatchObject({ lastNumber: 8, deleted: ['d1'], reports: [{ id: 'f0' }] });
  });

  test('are taken over, said aloud, and are the journal’s from the first save on', async () => {
    await write(former());
    const journal = await folder.open();
    expect(textOf(journal.state)).toBe(textOf(second));
    expect(folder.told).toEqual([{ kind: 'taken-over', path: folder.paths.former }]);
    expect(await readdir(folder.path)).toEqual(['taps.json']);
    await journal.save(third);
    expect(await readdir(folder.path)).toEqual(['taps.journal']);
    expect(textOf((await folder.open()).state)).toBe(textOf(third));
  });

  test('are there at the next start where nothing was saved, or could be', async () => {
    await write(former());
    await mkdir(folder.paths.next);
    const journal = await folder.open();
    await failure(journal.save(third), 'io');
    expect(textOf((await folder.open()).state)).toBe(textOf(second));
  });

  test('never come back: a crash before the file was removed', async () => {
    await folder.save(first);
    await write(former());
    expect(textOf((await folder.open()).state)).toBe(textOf(first));
    expect(await readdir(folder.path)).toEqual(['taps.journal']);
    expect(folder.told).toEqual([]);
  });

  test('a file that cannot be removed is named, and not read', async () => {
    await folder.save(first);
    await mkdir(folder.paths.former);
    expect(textOf((await folder.open()).state)).toBe(textOf(first));
    expect(folder.told).toMatchObject([{ kind: 'not-removed', path: folder.paths.former }]);
  });
});

describe('a taps.json that cannot be read whole is refused with the way out, and left as it is', () => {
  const half = former().slice(0, 200);
  test.each(['', '\0\0\0\0', half, 'hello'])('not JSON: %j', async (text) => {
    await write(text);
    expect(await folder.refusal('damaged')).toMatch(/taps\.json is damaged: it is not whole JSON; move it away/);
    expect(await readFile(folder.paths.former, 'utf8')).toBe(text);
  });

  test.each(['{}', '[]', 'null', '7', '{"format":"recipes","version":1}', '{"version":1}'])(
    'JSON of somebody else: %s',
    async (text) => {
      await write(text);
      expect(await folder.refusal('not-ours')).toMatch(/set another state_dir/);
    },
  );

  test.each<[string, Record<string, unknown>]>([
    ['a key is missing', { tapFlows: undefined }],
    ['a key is unknown', { surprise: 1 }],
    ['a value has another type', { lastNumber: 'seven' }],
    ['a tap is wrong', { tapServices: [{ tap: {} }] }],
    ['the version is none', { version: 0 }],
  ])('ours, but %s', async (_, changes) => {
    await write(former(changes));
    expect(await folder.refusal('damaged')).toMatch(/move it away and start again/);
  });

  test('of a newer agent: both versions are named', async () => {
    await write(former({ version: 2, news: true }));
    expect(await folder.refusal('version')).toMatch(/newer taas-agent \(version 2, this one reads 1\); start that one/);
  });

  test('a taps.json that is a folder', async () => {
    await mkdir(folder.paths.former);
    expect(await folder.refusal('io')).toContain('EISDIR');
  });
});
