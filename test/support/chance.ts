/** The variable that has a test throw the dice as it did before: its value is the seed that a failed one names. */
export const SEED_VARIABLE = 'TAAS_TEST_SEED';

/** Bad luck that can be had again: the same seed gives the same numbers, in the same order. */
export class Chance {
  readonly seed: number;
  #state: number;

  constructor(seed: number = freshSeed()) {
    this.seed = seed;
    this.#state = seed;
  }

  /** 0 <= number < 1, of 32 bits (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** first <= number < last. */
  between(first: number, last: number): number {
    return first + this.next() * (last - first);
  }

  /** One of some; undefined of none. */
  maybe<T>(all: readonly T[]): T | undefined {
    return all[this.below(all.length)];
  }

  /** One of some. Throws when there are none. */
  pick<T>(all: readonly T[]): T {
    if (all.length === 0) throw new Error('nothing to pick from');
    return all[this.below(all.length)] as T;
  }
}

function freshSeed(): number {
  const given = process.env[SEED_VARIABLE];
  if (given === undefined || given === '') return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(given);
  if (!Number.isInteger(seed)) throw new Error(`${SEED_VARIABLE} must be a whole number, not ${given}`);
  return seed;
}
