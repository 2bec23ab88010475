import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JournalError, type JournalErrorCode } from '../../src/journal/journal-error.ts';
import { TapFile } from '../../src/journal/tap-file.ts';
import { emptyState } from '../../src/tap/desired-state.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { createFlow, createService, stateAfter, tapFlow, tapService } from '../tap/builders.ts';
import { anyState } from './any-state.ts';

let folder: Folder;
let taps: string;
let file: TapFile;

beforeEach(async () => {
  folder = await addFolder('journal');
  taps = join(folder.path, 'taps.json');
  file = new TapFile(folder.path);
});
afterEach(() => folder.remove());

const some = stateAfter(createService(tapService(1)), createFlow(tapFlow(1)));

async function failure(work: Promise<unknown>): Promise<JournalError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof JournalError) return error;
  throw new Error(`expected a JournalError, got ${String(error)}`);
}

async function refusal(code: JournalErrorCode): Promise<string> {
  const error = await failure(file.load());
  expect(error.code).toBe(code);
  expect(error.message).toContain(taps);
  return error.message;
}

describe('what was saved comes back', () => {
  test('any state', async () => {
    await fc.assert(
      fc.asyncProperty(anyState, async (state) => {
        await file.save(state);
        expect(await new TapFile(folder.path).load()).toEqual(state);
      }),
      { numRuns: 50 },
    );
  });

  test('nothing ever saved is the empty state', async () => {
    expect(await file.load()).toEqual({ ...emptyState, lastNumber: expect.any(Number) });
  });

  test('taps are nobody else’s business', async () => {
    await file.save(some);
    expect((await stat(taps)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['taps.json']);
  });
});

describe('a crash while saving', () => {
  test.each(['', '{"format":"taas-agent taps","vers', 'garbage'])(
    'leaves the state before it: .next holds %j',
    async (half) => {
      await file.save(some);
      await writeFile(`${taps}.next`, half);
      expect(await file.load()).toEqual(some);
      await file.save(emptyState);
      expect(await file.load()).toEqual({ ...emptyState, lastNumber: expect.any(Number) });
    },
  );

  test('before anything was saved leaves the empty state', async () => {
    await writeFile(`${taps}.next`, 'half');
    expect(await file.load()).toEqual({ ...emptyState, lastNumber: expect.any(Number) });
  });

  test('an earlier .next that was longer leaves nothing of it behind', async () => {
    await writeFile(`${taps}.next`, 'x'.repeat(100_000));
    await file.save(some);
    expect(await file.load()).toEqual(some);
  });
});

describe('a file that cannot be read whole is refused with the way out', () => {
  const changed = async (change: (document: Record<string, unknown>) => void) => {
    await file.save(some);
    const document = JSON.parse(await readFile(taps, 'utf8'));
    change(document);
    await writeFile(taps, JSON.stringify(document));
  };

  test.each(['', '\0\0\0\0', '{"format":"taas-agent taps","version":1', 'hello'])('not JSON: %j', async (text) => {
    await writeFile(taps, text);
    const message = await refusal('damaged');
    expect(message).toMatch(/not whole JSON/);
    expect(message).toMatch(/move it away and start again/);
  });

  test.each(['{}', '[]', 'null', '7', '{"format":"recipes","version":1}', '{"version":1}'])(
    'JSON of somebody else: %s',
    async (text) => {
      await writeFile(taps, text);
      expect(await refusal('not-ours')).toMatch(/set another state_dir/);
    },
  );

  test('cut short: the half of a file that was saved', async () => {
    await file.save(some);
    const whole = await readFile(taps, 'utf8');
    await writeFile(taps, whole.slice(0, whole.length / 2));
    await refusal('damaged');
  });

  test.each<[string, (document: Record<string, unknown>) => void]>([
    ['a key is missing', (document) => delete document['tapFlows']],
    ['a key is unknown', (document) => Object.assign(document, { surprise: 1 })],
    ['a value has another type', (document) => Object.assign(document, { lastNumber: 'seven' })],
    ['a tap is wrong', (document) => Object.assign(document, { tapServices: [{ tap: {} }] })],
    ['the version is none', (document) => Object.assign(document, { version: 0 })],
  ])('ours, but %s', async (_, change) => {
    await changed(change);
    const message = await refusal('damaged');
    expect(message).toMatch(/move it away and start again/);
    expect(message.split('\n')).toHaveLength(1);
  });

  test('of a newer agent: both versions are named', async () => {
    await changed((document) => Object.assign(document, { version: 2, news: true }));
    const message = await refusal('version');
    expect(message).toMatch(/newer taas-agent \(version 2, this one reads 1\)/);
    expect(message).toMatch(/start that one/);
  });
});

describe('a disk that says no', () => {
  test('a folder that cannot be made', async () => {
    await writeFile(join(folder.path, 'plain'), '');
    const error = await failure(new TapFile(join(folder.path, 'plain', 'state')).load());
    expect(error.code).toBe('io');
    expect(error.message).toContain('taps cannot be read');
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('taps.json that is a folder', async () => {
    await mkdir(taps);
    expect(await refusal('io')).toContain('EISDIR');
    const error = await failure(file.save(some));
    expect(error.code).toBe('io');
    expect(error.message).toContain('taps cannot be saved');
  });

  test('a folder that is gone', async () => {
    const error = await failure(new TapFile(join(folder.path, 'gone')).save(some));
    expect(error.code).toBe('io');
    expect(error.message).toContain('ENOENT');
  });

  test('a .next that cannot be written leaves what was saved', async () => {
    await file.save(some);
    await mkdir(`${taps}.next`);
    expect((await failure(file.save(emptyState))).code).toBe('io');
    expect(await file.load()).toEqual(some);
  });
});
