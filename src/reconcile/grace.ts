import type { Outcome, Outcomes } from '../compile/wanted.ts';
import type { DesiredState, Held } from '../tap/desired-state.ts';
import type { TapKind } from '../tap/event.ts';
import type { Confirmed, Failure } from '../tap/settle.ts';

/** Taps that have not been had yet, by id: since when (milliseconds of a steady clock), and why not. */
export type Waiting = ReadonlyMap<string, { readonly kind: TapKind; readonly since: number; readonly reason: string }>;

/** How it stands with a tap after a pass. */
export type OutcomeOf = (kind: TapKind, id: string) => Outcome;

export function outcomeOf(outcomes: Outcomes): OutcomeOf {
  return (kind, id) =>
    (kind === 'tap_service' ? outcomes.tapServices : outcomes.tapFlows).get(id) ?? {
      kind: 'waiting',
      reason: 'unknown',
    };
}

/** The taps that the switch carries now. */
export function realisedIn({ tapServices, tapFlows }: Outcomes): Confirmed {
  const ids = (outcomes: ReadonlyMap<string, Outcome>) =>
    new Set([...outcomes].filter(([, { kind }]) => kind === 'realised').map(([id]) => id));
  return { tapServices: ids(tapServices), tapFlows: ids(tapFlows) };
}

/** Only what we have to report and never could has a grace time; a tap that was ACTIVE once waits for its port as long as it takes. */
function mustComeTrue(held: Held<unknown>): boolean {
  return held.reportDue && !held.confirmed;
}

/** Who waits after a pass, keeping since when. */
export function nowWaiting(before: Waiting, desired: DesiredState, outcome: OutcomeOf, now: number): Waiting {
  const waiting = new Map<string, { kind: TapKind; since: number; reason: string }>();
  const look = (kind: TapKind, taps: ReadonlyMap<string, Held<unknown>>) => {
    for (const [id, held] of taps) {
      if (!mustComeTrue(held)) continue;
      const result = outcome(kind, id);
      if (result.kind === 'waiting') {
        waiting.set(id, { kind, since: before.get(id)?.since ?? now, reason: result.reason });
      }
    }
  };
  look('tap_service', desired.tapServices);
  look('tap_flow', desired.tapFlows);
  return waiting;
}

/** Those whose grace is over. */
export function overdue(waiting: Waiting, graceMilliseconds: number, now: number): readonly Failure[] {
  return [...waiting]
    .filter(([, { since }]) => now - since >= graceMilliseconds)
    .map(([id, { kind, reason }]) => ({ kind, id, reason }));
}

/** Milliseconds until the next one is overdue; undefined when nobody waits. */
export function untilOverdue(waiting: Waiting, graceMilliseconds: number, now: number): number | undefined {
  if (waiting.size === 0) return undefined;
  const earliest = Math.min(...[...waiting.values()].map(({ since }) => since));
  return Math.max(0, earliest + graceMilliseconds - now);
}
