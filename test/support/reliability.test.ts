import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { prove } from '../chaos/prove.ts';
import { type ProofRecord, RECORDS_VARIABLE, spreadOf } from '../chaos/record.ts';
import { type RowName, rows } from '../chaos/rows.ts';
import { addFolder, type Folder } from './folder.ts';
import { allHold, durationText, reliabilityDocument } from './reliability.ts';

const proof: ProofRecord = {
  kind: 'proof',
  row: 'agent-restarts',
  fault: 'SIGTERM | start',
  mustHold: 'no frame lost',
  times: 20,
  frames: { sent: 400_000, copied: 400_000, lost: 0, doubled: 0, foreign: 0 },
  took: { 'until it is back': { count: 20, median: 912.4, worst: 1204 } },
  counts: { events: 1200 },
  failure: null,
  seconds: 60,
};
const all = (Object.keys(rows) as RowName[]).map((row) => ({ ...proof, row }));
const around = { date: '2026-01-31', machine: '2 cores, X', versions: { Node: '24.1.0' }, seconds: 3600 };

describe('docs/reliability.md', () => {
  test('says of each proof what was done, how often, what must hold and what was measured', () => {
    const line =
      '| SIGTERM \\| start | 20 | no frame lost | until it is back: median 912 ms, worst 1.20 s; ' +
      '400,000 copies due: all came, once each; 1,200 events | yes |';
    expect(reliabilityDocument(all, around).split('\n')).toContain(line);
  });

  test('says that all hold, on what and when', () => {
    const document = reliabilityDocument(all, around);
    expect(allHold(all)).toBe(true);
    expect(document).toContain('All 11 rows hold. Measured on 2026-01-31, in 60 minutes, on 2 cores, X; Node 24.1.0.');
    expect(document).not.toContain('**no**');
  });

  test('says which row does not hold, and why in one line', () => {
    const bad = { ...proof, failure: 'expected 3\nto be 0', frames: { ...proof.frames, lost: 3 } } as ProofRecord;
    const document = reliabilityDocument([...all, bad], around);
    expect(allHold([...all, bad])).toBe(false);
    expect(document).toContain(`**1 of 11 rows do not hold**: “${rows['agent-restarts'].faults}”.`);
    expect(document).toContain('| fails: expected 3; until it is back');
    expect(document).toContain('400,000 copies due: 3 lost, 0 doubled, 0 foreign');
  });

  test('does not let a row pass that was not tried', () => {
    const some = all.filter(({ row }) => row !== 'fuzz');
    expect(allHold(some)).toBe(false);
    const document = reliabilityDocument(some, around);
    expect(document).toContain(`**1 of 11 rows were not tried**: “${rows.fuzz.faults}”.`);
    expect(document).not.toContain('do not hold');
    expect(document).toContain('**Not tried in this run.**');
  });

  test.each([
    [0.26, '0.3 ms'],
    [12.6, '13 ms'],
    [1234, '1.23 s'],
    [61_234, '61.2 s'],
  ])('gives %d ms as %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });
});

test.each([
  [[3], { count: 1, median: 3, worst: 3 }],
  [[9, 1, 2], { count: 3, median: 2, worst: 9 }],
  [[10, 1, 2, 4], { count: 4, median: 3, worst: 10 }],
])('the spread of %j', (samples, spread) => {
  expect(spreadOf(samples)).toEqual(spread);
});

test('nothing has no spread', () => {
  expect(() => spreadOf([])).toThrow('nothing was measured');
});

describe('a proof', () => {
  let folder: Folder;
  const written = () => {
    const lines = readFileSync(join(folder.path, 'records'), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  };
  beforeEach(async () => {
    folder = await addFolder('records');
    vi.stubEnv(RECORDS_VARIABLE, join(folder.path, 'records'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await folder.remove();
  });

  const claim = { row: 'fuzz', fault: 'noise', mustHold: 'it stands' } as const;

  test('is recorded with its rounds and sums', async () => {
    const tally = { sent: 2, copied: 1, lost: 1, doubled: 0, foreign: 0 };
    await prove(claim, async (proof) => {
      await proof.rounds(
        async (round) => {
          proof.took('an answer', round * 10);
          proof.counted('cases', 5);
          proof.frames(tally, tally);
        },
        { short: 2, long: 2 },
      );
    });
    expect(written()).toEqual([
      { kind: 'round', fault: 'noise', round: 1, of: 2 },
      { kind: 'round', fault: 'noise', round: 2, of: 2 },
      expect.objectContaining({
        ...claim,
        kind: 'proof',
        times: 2,
        frames: { sent: 8, copied: 4, lost: 4, doubled: 0, foreign: 0 },
        took: { 'an answer': { count: 2, median: 15, worst: 20 } },
        counts: { cases: 10 },
        failure: null,
      }),
    ]);
  });

  test('that fails is recorded as such, and names its seed', async () => {
    vi.stubEnv('TAAS_TEST_SEED', '77');
    const failing = prove(claim, async (proof) => {
      await proof.rounds(async (round) => expect(round).toBe(1), { short: 3, long: 3 });
    });
    await expect(failing).rejects.toThrow(
      /^does not hold after 1 times \(TAAS_TEST_SEED=77 throws the same dice\): expected 2/,
    );
    expect(written().at(-1)).toMatchObject({ times: 1, failure: expect.stringContaining('expected 2') });
  });

  test('is not recorded where nobody wants it', async () => {
    vi.stubEnv(RECORDS_VARIABLE, '');
    await prove(claim, async () => undefined);
    expect(() => written()).toThrow('ENOENT');
  });
});
