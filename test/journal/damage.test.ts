import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeHeader, HEADER_BYTES } from '../../src/journal/file-header.ts';
import { encodeFrame } from '../../src/journal/frame.ts';
import { JournalError } from '../../src/journal/journal-error.ts';
import { deltaPayload, snapshotPayload } from '../../src/journal/payload.ts';
import { type Replayed, replay, stateAtEnd } from '../../src/journal/replay.ts';
import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import { stateDelta } from '../../src/tap/state-delta.ts';
import { fuzzed } from '../chaos/fuzzed.ts';
import { anyState } from './any-state.ts';
import { addJournalFolder, type JournalFolder } from './journal-folder.ts';
import { history, textOf } from './states.ts';

const states = history(6);
const last = states.at(-1) ?? emptyState;
const beforeLast = states.at(-2) ?? emptyState;

let folder: JournalFolder;
/** A journal of all states, and where its records end: the snapshot first. */
let whole: Buffer;
let ends: readonly number[];

beforeEach(async () => {
  folder = await addJournalFolder();
  const journal = await folder.open();
  const lengths: number[] = [];
  for (const state of states) {
    await journal.save(state);
    lengths.push((await readFile(folder.paths.journal)).length);
  }
  whole = await readFile(folder.paths.journal);
  ends = lengths;
});
afterEach(() => folder.remove());

const endOf = (record: number) => ends.at(record) ?? 0;

/** The state in the bytes of a journal, or why there is none. */
function read(bytes: Buffer): { readonly state: DesiredState | undefined; readonly replayed: Replayed } | JournalError {
  try {
    const replayed = replay(bytes, 'taps.journal');
    return { state: stateAtEnd(replayed), replayed };
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
}

function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

describe('a record that a crash cut short', () => {
  test('at every byte: the state is the one before it', () => {
    for (let length = endOf(-2); length < whole.length; length += 1) {
      const result = read(whole.subarray(0, length));
      if (result instanceof JournalError) throw result;
      expect(textOf(result.state ?? emptyState)).toBe(textOf(beforeLast));
      expect(result.replayed.torn).toBe(length - endOf(-2));
    }
  });

  test('at every byte: the journal says so, goes on, and nothing of the torn one is left', async () => {
    for (let length = endOf(-2) + 1; length < whole.length; length += 1) {
      await writeFile(folder.paths.journal, whole.subarray(0, length));
      folder.told.length = 0;
      const journal = await folder.open();
      expect(folder.told).toEqual([{ kind: 'torn-tail', path: folder.paths.journal, bytes: length - endOf(-2) }]);
      expect(textOf(journal.state)).toBe(textOf(beforeLast));
      await journal.save(last);
      const after = read(await readFile(folder.paths.journal));
      expect(after).toMatchObject({ replayed: { torn: 0, sequence: states.length } });
      expect('state' in after && textOf(after.state ?? emptyState)).toBe(textOf(last));
    }
  });

  test.each([
    ['zeros of a file that had grown before it was written', (tail: Buffer) => Buffer.alloc(tail.length)],
    ['its end without its beginning', (tail: Buffer) => Buffer.concat([Buffer.alloc(30), tail.subarray(30)])],
    ['the wrong bytes in its middle', (tail: Buffer) => flipped(tail, tail.length >> 1, 0xff)],
  ])('%s', (_, spoil) => {
    const result = read(Buffer.concat([whole.subarray(0, endOf(-2)), spoil(whole.subarray(endOf(-2)))]));
    if (result instanceof JournalError) throw result;
    expect(textOf(result.state ?? emptyState)).toBe(textOf(beforeLast));
  });
});

describe('garbage is never taken for a state', () => {
  test.each([0x01, 0x80, 0xff])('every byte flipped by %s: the last record torn, or no state', (mask) => {
    for (let at = 0; at < whole.length; at += 1) {
      const result = read(flipped(whole, at, mask));
      const inLast = at >= endOf(-2);
      if (inLast && !(result instanceof JournalError)) {
        expect(textOf(result.state ?? emptyState), `byte ${at}`).toBe(textOf(beforeLast));
      } else if (inLast || !(result instanceof JournalError)) {
        // The snapshot is known to be damaged: only an earlier one could help.
        expect(at, `byte ${at}`).toBeLessThan(endOf(0));
        expect('state' in result && result.state, `byte ${at}`).toBe(undefined);
      }
    }
  });

  test('a saved record is spoilt: the sentence tells where, and the way out; the file stays as it is', async () => {
    const spoilt = flipped(whole, endOf(1) + 40, 0xff);
    await writeFile(folder.paths.journal, spoilt);
    expect(await folder.refusal('damaged')).toContain(
      `taps.journal is damaged: record 3, at byte ${endOf(1)}, is not what was saved, and others follow it; move it away and start again`,
    );
    expect((await readFile(folder.paths.journal)).equals(spoilt)).toBe(true);
  });

  test.each([10, 60])('a spoilt record before the first %i bytes of a torn one is not torn', async (bytes) => {
    await writeFile(folder.paths.journal, flipped(whole.subarray(0, endOf(-2) + bytes), endOf(-2) - 3, 0xff));
    await folder.refusal('damaged');
  });

  test('a record is missing, or there twice', () => {
    const without = Buffer.concat([whole.subarray(0, endOf(1)), whole.subarray(endOf(2))]);
    expect(read(without)).toMatchObject({ code: 'damaged', message: expect.stringContaining('4 follows record 2') });
    const twice = Buffer.concat([whole.subarray(0, endOf(2)), whole.subarray(endOf(1))]);
    expect(read(twice)).toMatchObject({ code: 'damaged', message: expect.stringContaining('3 follows record 3') });
    const ofAnother = Buffer.concat([encodeHeader(7), whole.subarray(HEADER_BYTES, endOf(0))]);
    expect(read(ofAnother)).toMatchObject({ state: undefined });
  });

  test.each(['not JSON', '{"surprise":1}', '{"lastNumber":"seven"}', '{"tapFlows":{"removed":[],"set":[{}]}}', '[]'])(
    'a record with right checksums that says %s',
    async (text) => {
      await appendFile(folder.paths.journal, encodeFrame(states.length + 1, Buffer.from(text)));
      expect(await folder.refusal('damaged')).toContain('record 7 is none that taas-agent writes');
    },
  );
});

describe('arbitrary bytes', () => {
  const sequence = fc.nat(3);
  const anyFrame = fc.oneof(
    fc.tuple(sequence, fc.uint8Array({ maxLength: 40 })).map(([n, bytes]) => encodeFrame(n, Buffer.from(bytes))),
    fc.tuple(sequence, fc.json()).map(([n, text]) => encodeFrame(n, Buffer.from(text))),
    fc.tuple(sequence, anyState).map(([n, state]) => encodeFrame(n, snapshotPayload(state))),
    fc.tuple(sequence, anyState).map(([n, state]) => encodeFrame(n, deltaPayload(stateDelta(emptyState, state)))),
  );
  const anyPiece = fc.oneof(
    { weight: 4, arbitrary: anyFrame },
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(anyFrame, fc.nat(), fc.nat(255)).map(([frame, at, mask]) => flipped(frame, at % frame.length, mask)),
    fc.tuple(anyFrame, fc.nat()).map(([frame, at]) => frame.subarray(0, at % frame.length)),
  );
  const anyFile = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(sequence, fc.array(anyPiece, { maxLength: 5 }))
      .map(([base, pieces]) => Buffer.concat([encodeHeader(base), ...pieces])),
    fc
      .tuple(anyState, fc.array(anyPiece, { maxLength: 5 }))
      .map(([state, pieces]) => Buffer.concat([encodeHeader(0), encodeFrame(0, snapshotPayload(state)), ...pieces])),
  );

  test('any file: a state, a damaged snapshot, or a JournalError of one line', () =>
    fuzzed('the journal: any file', 5_000, (options) => {
      const seen = { state: 0, snapshotDamaged: 0, refused: 0 };
      const property = fc.property(anyFile, (bytes) => {
        const result = read(bytes);
        if (result instanceof JournalError) {
          expect(result.message).not.toContain('\n');
          seen.refused += 1;
        } else {
          expect(result.replayed.end + result.replayed.torn).toBe(bytes.length);
          seen[result.state ? 'state' : 'snapshotDamaged'] += 1;
        }
      });
      fc.assert(property, options);
      // Each kind is really met.
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
    }));

  test('a journal that was cut anywhere else than in its last record', async () => {
    for (const end of [0, 5, HEADER_BYTES, HEADER_BYTES + 10, endOf(0) - 1]) {
      await writeFile(folder.paths.journal, whole);
      await truncate(folder.paths.journal, end);
      await folder.refusal('damaged');
    }
  });
});
