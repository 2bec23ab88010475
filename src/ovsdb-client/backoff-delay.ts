/** How long to wait before connecting again. */
export interface BackoffOptions {
  /** The wait after a first failure, ms; it doubles with each further one. */
  readonly initial: number;
  /** The longest wait, ms. */
  readonly max: number;
  /** The part of each wait that is left to chance, 0..1, so that many clients do not return at once. */
  readonly jitter: number;
}

/**
 * @param attempt failures before this one, 0..
 * @param random 0..1, from the caller
 * @returns ms
 */
export function backoffDelay({ initial, max, jitter }: BackoffOptions, attempt: number, random: number): number {
  const full = Math.min(max, initial * 2 ** attempt);
  return full * (1 - jitter * random);
}
