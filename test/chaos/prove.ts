import { Chance, SEED_VARIABLE } from '../support/chance.ts';
import { sumOf, type Tally } from '../support/passage.ts';
import { times } from '../support/times.ts';
import { record, type Spread, spreadOf } from './record.ts';
import type { RowName } from './rows.ts';

/** What a test of a fault claims. */
export interface Claim {
  readonly row: RowName;
  /** What is done, in particular; no two of a row are the same. */
  readonly fault: string;
  /** In a few words, for the table. */
  readonly mustHold: string;
}

/** A proof under way: what it has measured, and its dice. */
export class Proof {
  readonly #fault: string;
  readonly #took = new Map<string, number[]>();
  readonly #counts = new Map<string, number>();
  #frames: Tally | null = null;
  #done = 0;
  /** Whatever is left to chance in it. */
  readonly chance = new Chance();

  constructor(fault: string) {
    this.#fault = fault;
  }

  /** Does it as often as the form of this run wants: 3 and 20 times unless told. */
  async rounds(once: (round: number) => Promise<void>, often = { short: 3, long: 20 }): Promise<void> {
    const of = times(often);
    for (let round = 1; round <= of; round += 1) {
      record({ kind: 'round', fault: this.#fault, round, of });
      await once(round);
      this.#done += 1;
    }
  }

  /** It was done so many times more. */
  tried(times: number): void {
    this.#done += times;
  }

  /** How often it was done so far. */
  get done(): number {
    return this.#done;
  }

  /** Adds frames that were sent, and what became of them. */
  frames(...tallies: readonly Tally[]): void {
    this.#frames = sumOf(...(this.#frames ? [this.#frames] : []), ...tallies);
  }

  /** Adds a sample of how long something took, in milliseconds. */
  took(what: string, milliseconds: number): void {
    this.#took.set(what, [...(this.#took.get(what) ?? []), milliseconds]);
  }

  /** Adds to the number of something. */
  counted(what: string, count: number): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  /** All samples of something so far. Throws when there are none. */
  spread(what: string): Spread {
    return spreadOf(this.#took.get(what) ?? []);
  }

  /** What it has measured, for its record. */
  get measured() {
    const took = Object.fromEntries([...this.#took].map(([what, samples]) => [what, spreadOf(samples)]));
    return { times: this.#done, frames: this.#frames, took, counts: Object.fromEntries(this.#counts) };
  }
}

/**
 * Tries to prove a claim, and records what came of it, whether or not it holds. Throws what `attempt` throws, with the
 * seed that gives the same dice again.
 */
export async function prove(claim: Claim, attempt: (proof: Proof) => Promise<void>): Promise<void> {
  const proof = new Proof(claim.fault);
  const started = performance.now();
  let failure: string | null = null;
  try {
    await attempt(proof);
  } catch (cause) {
    failure = cause instanceof Error ? cause.message : String(cause);
    const again = `${SEED_VARIABLE}=${proof.chance.seed} throws the same dice`;
    throw new Error(`does not hold after ${proof.done} times (${again}): ${failure}`, { cause });
  } finally {
    const seconds = (performance.now() - started) / 1000;
    record({ kind: 'proof', ...claim, ...proof.measured, failure, seconds });
  }
}
