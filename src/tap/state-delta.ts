import type { DesiredState, Held, HeldTapFlow, HeldTapService } from './desired-state.ts';
import type { StatusReport } from './event.ts';

type AnyHeld = Held<{ readonly id: string }>;

/** How a list came from another: the positions of what was dropped, ascending, and what was added behind the rest. */
export interface ListDelta<T> {
  readonly dropped: readonly number[];
  readonly added: readonly T[];
}

/** How taps came from others: first some ids go, then taps come, in the place of the one with their id, or behind all. */
export interface TapsDelta<HeldTap> {
  readonly removed: readonly string[];
  readonly set: readonly HeldTap[];
}

/** What makes one state of another. A part that is not there did not change. */
export interface StateDelta {
  readonly tapServices?: TapsDelta<HeldTapService> | undefined;
  readonly tapFlows?: TapsDelta<HeldTapFlow> | undefined;
  readonly lastNumber?: number | undefined;
  readonly deleted?: ListDelta<string> | undefined;
  readonly departing?: ListDelta<StatusReport> | undefined;
  readonly reports?: ListDelta<StatusReport> | undefined;
}

/** Lists lose some and grow at their end: whatever of `before` is not met next in `after` was dropped. */
function listDelta<T>(before: readonly T[], after: readonly T[]): ListDelta<T> | undefined {
  if (before === after) return undefined;
  const dropped: number[] = [];
  let kept = 0;
  for (const [position, item] of before.entries()) {
    if (kept < after.length && item === after[kept]) kept += 1;
    else dropped.push(position);
  }
  const added = after.slice(kept);
  return dropped.length + added.length === 0 ? undefined : { dropped, added };
}

function tapsDelta<HeldTap extends AnyHeld>(
  before: ReadonlyMap<string, HeldTap>,
  after: ReadonlyMap<string, HeldTap>,
): TapsDelta<HeldTap> | undefined {
  if (before === after) return undefined;
  const removed: string[] = [];
  const set: HeldTap[] = [];
  const rest = after.values();
  let next = rest.next().value;
  for (const [id, held] of before) {
    if (next?.tap.id !== id) {
      removed.push(id);
      continue;
    }
    if (next !== held) set.push(next);
    next = rest.next().value;
  }
  if (next) set.push(next, ...rest);
  return removed.length + set.length === 0 ? undefined : { removed, set };
}

/**
 * What makes `after` of `before`; taps are told apart by reference, so one changed tap among thousands costs no more
 * than a walk over them. The order of taps and lists is kept, too.
 */
export function stateDelta(before: DesiredState, after: DesiredState): StateDelta {
  return {
    tapServices: tapsDelta(before.tapServices, after.tapServices),
    tapFlows: tapsDelta(before.tapFlows, after.tapFlows),
    lastNumber: before.lastNumber === after.lastNumber ? undefined : after.lastNumber,
    deleted: listDelta(before.deleted, after.deleted),
    departing: listDelta(before.departing, after.departing),
    reports: listDelta(before.reports, after.reports),
  };
}

function changeTaps<HeldTap extends AnyHeld>(taps: Map<string, HeldTap>, delta: TapsDelta<HeldTap> | undefined): void {
  for (const id of delta?.removed ?? []) taps.delete(id);
  for (const held of delta?.set ?? []) taps.set(held.tap.id, held);
}

function changedList<T>(list: readonly T[], delta: ListDelta<T> | undefined): readonly T[] {
  if (!delta) return list;
  const dropped = new Set(delta.dropped);
  return [...list.filter((_, position) => !dropped.has(position)), ...delta.added];
}

/** The state that `deltas`, one after another, make of `state`. They cost one copy of its taps in all. */
export function applyDeltas(state: DesiredState, deltas: Iterable<StateDelta>): DesiredState {
  const tapServices = new Map(state.tapServices);
  const tapFlows = new Map(state.tapFlows);
  let { lastNumber, deleted, departing, reports } = state;
  for (const delta of deltas) {
    changeTaps(tapServices, delta.tapServices);
    changeTaps(tapFlows, delta.tapFlows);
    lastNumber = delta.lastNumber ?? lastNumber;
    deleted = changedList(deleted, delta.deleted);
    departing = changedList(departing, delta.departing);
    reports = changedList(reports, delta.reports);
  }
  return { tapServices, tapFlows, lastNumber, deleted, departing, reports };
}
