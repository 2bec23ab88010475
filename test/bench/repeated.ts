import { type Summary, summarize } from './statistics.ts';

/** Takes so many samples, one after the other, in milliseconds. */
export async function repeated(times: number, sample: () => Promise<number>): Promise<Summary> {
  const taken: number[] = [];
  for (let round = 0; round < times; round += 1) taken.push(await sample());
  return summarize(taken);
}
