import { cases } from '../support/times.ts';
import { prove } from './prove.ts';

const MUST_HOLD = 'no crash, nothing without a bound; what makes no sense is refused with the reason';

/** What fast-check is to be run with; the seed is that of the proof, so that a failed one can be had again. */
export interface FuzzOptions {
  readonly numRuns: number;
  readonly seed: number;
}

/** Has something tried with so many cases, ten times as many in the long form, and records it in the row of fuzzing. */
export function fuzzed(
  input: string,
  usual: number,
  attempt: (options: FuzzOptions) => void | Promise<void>,
): Promise<void> {
  return prove({ row: 'fuzz', fault: input, mustHold: MUST_HOLD }, async (proof) => {
    const numRuns = cases(usual);
    await attempt({ numRuns, seed: proof.chance.seed });
    proof.tried(numRuns);
  });
}
