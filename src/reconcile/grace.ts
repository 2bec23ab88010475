import type { Outcome, Outcomes } from '../compile/wanted.ts';
import type { DesiredState, Held } from '../tap/desired-state.ts';
import type { TapKind } from '../tap/event.ts';
import type { Confirmed, Failure } from '../tap/settle.ts';

/** A tap of this host that cannot be had: since when (milliseconds of a steady clock), and why. */
export interface WaitingTap {
  readonly kind: TapKind;
  readonly since: number;
  readonly reason: string;
  /**
   * It must come true within the grace time, which is over for what is refused. Only what we have to report and never
   * could must; a tap that was ACTIVE once waits for its port as long as it takes.
   */
  readonly graced: boolean;
}

/** By id. */
export type Waiting = ReadonlyMap<string, WaitingTap>;

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

/** Who of this host waits after a pass, keeping since when. */
export function nowWaiting(
  before: Waiting,
  desired: DesiredState,
  outcome: OutcomeOf,
  { host, now }: { readonly host: string; readonly now: number },
): Waiting {
  const waiting = new Map<string, WaitingTap>();
  const look = (kind: TapKind, taps: ReadonlyMap<string, Held<unknown>>) => {
    for (const [id, held] of taps) {
      const result = outcome(kind, id);
      if (held.host !== host || result.kind === 'realised') continue;
      const isRefused = result.kind === 'refused';
      const graced = isRefused || (held.reportDue && !held.confirmed);
      const since = isRefused ? Number.NEGATIVE_INFINITY : (before.get(id)?.since ?? now);
      waiting.set(id, { kind, since, reason: result.reason, graced });
    }
  };
  look('tap_service', desired.tapServices);
  look('tap_flow', desired.tapFlows);
  return waiting;
}

/** Those whose grace is over. */
export function overdue(waiting: Waiting, graceMilliseconds: number, now: number): readonly Failure[] {
  return [...waiting]
    .filter(([, { since, graced }]) => graced && now - since >= graceMilliseconds)
    .map(([id, { kind, reason }]) => ({ kind, id, reason }));
}

/** Milliseconds until the next one is overdue; undefined when nobody has a grace time. */
export function untilOverdue(waiting: Waiting, graceMilliseconds: number, now: number): number | undefined {
  const since = [...waiting.values()].filter(({ graced }) => graced).map((tap) => tap.since);
  if (since.length === 0) return undefined;
  return Math.max(0, since.reduce((a, b) => Math.min(a, b)) + graceMilliseconds - now);
}
