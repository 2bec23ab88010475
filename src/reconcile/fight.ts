/** When things were put right lately (milliseconds of a steady clock, ascending), by name. */
export type Repairs = ReadonlyMap<string, readonly number[]>;

/** Something that had to be put right so often within the window is fought over. */
const FIGHT = { times: 5, windowMilliseconds: 60_000 };

/** A pace that costs the switch nothing: beyond it repairs are made to wait. */
const PACE = { times: 10, windowMilliseconds: 5_000 };
const REST_MILLISECONDS = { first: 100, last: 5_000 };

/** Adds repairs of now, and forgets those that are too long ago to count. */
export function withRepairs(before: Repairs, names: readonly string[], now: number): Repairs {
  if (before.size + names.length === 0) return before;
  const repairs = new Map<string, readonly number[]>();
  for (const [name, times] of before) {
    const recent = times.filter((time) => now - time < FIGHT.windowMilliseconds);
    if (recent.length > 0) repairs.set(name, recent);
  }
  for (const name of new Set(names)) repairs.set(name, [...(repairs.get(name) ?? []), now]);
  return repairs;
}

/** Names of what is fought over, those put right most often first. */
export function foughtOver(repairs: Repairs): readonly string[] {
  return [...repairs]
    .filter(([, times]) => times.length >= FIGHT.times)
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([name]) => name);
}

/** How long in milliseconds others are to wait for the next repair: the longer, the faster they have been of late. */
export function restAfter(repairs: Repairs, now: number): number {
  const recent = (times: readonly number[]) => times.filter((time) => now - time < PACE.windowMilliseconds).length;
  const most = [...repairs.values()].reduce((highest, times) => Math.max(highest, recent(times)), 0);
  if (most < PACE.times) return 0;
  return Math.min(REST_MILLISECONDS.last, REST_MILLISECONDS.first * 2 ** (most - PACE.times));
}
