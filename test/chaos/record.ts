import { appendFileSync } from 'node:fs';
import type { Tally } from '../support/passage.ts';
import type { RowName } from './rows.ts';

/** Names the file to which records are appended, a line of JSON each; `npm run test:long` sets it. */
export const RECORDS_VARIABLE = 'TAAS_TEST_RECORDS';

/** How long something took, in milliseconds, over all the times that it was measured. */
export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly worst: number;
}

/** A line of the table in docs/reliability.md. */
export interface ProofRecord {
  readonly kind: 'proof';
  readonly row: RowName;
  /** What was done, in particular. */
  readonly fault: string;
  readonly mustHold: string;
  /** How often it was done. */
  readonly times: number;
  readonly frames: Tally | null;
  /** By what was measured: "until copied again". */
  readonly took: Readonly<Record<string, Spread>>;
  /** By what was counted: "events". */
  readonly counts: Readonly<Record<string, number>>;
  /** Why it does not hold, or null. */
  readonly failure: string | null;
  readonly seconds: number;
}

/** Who runs the long tests wants to know how far they are. */
export interface RoundRecord {
  readonly kind: 'round';
  readonly fault: string;
  readonly round: number;
  readonly of: number;
}

/** Where somebody keeps records, appends one. */
export function record(line: ProofRecord | RoundRecord): void {
  const file = process.env[RECORDS_VARIABLE];
  if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** Throws where there are none: nothing was measured. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  const worst = sorted.at(-1);
  if (lower === undefined || upper === undefined || worst === undefined) throw new Error('nothing was measured');
  return { count: sorted.length, median: (lower + upper) / 2, worst };
}
