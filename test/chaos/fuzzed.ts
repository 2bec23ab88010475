import { cases } from '../support/times.ts';
import { prove } from './prove.ts';

/** Has something tried with so many cases, ten times as many in the long form, and records it in the row of fuzzing. */
export function fuzzed(
  input: string,
  usual: number,
  attempt: (options: { readonly numRuns: number; readonly seed: number }) => void | Promise<void>,
): Promise<void> {
  const mustHold = 'no crash, nothing without a bound; what makes no sense is refused with the reason';
  const numRuns = cases(usual);
  return prove({ row: 'fuzz', fault: input, mustHold }, (proof) =>
    proof.rounds(
      async () => {
        await attempt({ numRuns, seed: proof.chance.seed });
        proof.counted('cases', numRuns);
      },
      { short: 1, long: 1 },
    ),
  );
}
