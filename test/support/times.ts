/** TAAS_TEST_LONG=1 (`npm run test:long` sets it) selects the long form of tests that have one. */
export const isLong = process.env['TAAS_TEST_LONG'] === '1';

/** How often, or how much of, something is tested: what the usual run has time for, or what the long one takes. */
export function times<T>({ short, long }: { readonly short: T; readonly long: T }): T {
  return isLong ? long : short;
}

/** How many cases a property is tried with: so many, and ten times as many in the long form. */
export const cases = (usual: number) => times({ short: usual, long: 10 * usual });
