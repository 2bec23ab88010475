import type { DesiredState, Held } from './desired-state.ts';
import type { StatusReport, TapKind } from './event.ts';

/** A tap that is given up, and why, in a sentence for the log. */
export interface Failure {
  readonly kind: TapKind;
  readonly id: string;
  readonly reason: string;
}

/** The taps that the switch has confirmed, by id. */
export interface Confirmed {
  readonly tapServices: ReadonlySet<string>;
  readonly tapFlows: ReadonlySet<string>;
}

function confirmAll<HeldTap extends Held<unknown>>(
  kind: TapKind,
  taps: ReadonlyMap<string, HeldTap>,
  confirmed: ReadonlySet<string>,
  reports: StatusReport[],
): ReadonlyMap<string, HeldTap> {
  const changed = [...taps].filter(([id, tap]) => confirmed.has(id) && (tap.reportDue || !tap.confirmed));
  if (changed.length === 0) return taps;
  const next = new Map(taps);
  for (const [id, tap] of changed) {
    next.set(id, { ...tap, confirmed: true, reportDue: false });
    if (tap.reportDue) reports.push({ kind, id, status: 'ACTIVE' });
  }
  return next;
}

/**
 * What follows from a pass that the switch has confirmed: taps become ACTIVE, and deletes are answered.
 * Answers the same value when nothing follows.
 */
export function settle(state: DesiredState, confirmed: Confirmed): DesiredState {
  const reports: StatusReport[] = [];
  const tapServices = confirmAll('tap_service', state.tapServices, confirmed.tapServices, reports);
  const tapFlows = confirmAll('tap_flow', state.tapFlows, confirmed.tapFlows, reports);
  const unchanged = tapServices === state.tapServices && tapFlows === state.tapFlows && state.departing.length === 0;
  if (unchanged) return state;
  return {
    ...state,
    tapServices,
    tapFlows,
    departing: [],
    reports: [...state.reports, ...state.departing, ...reports],
  };
}

/**
 * Reports ERROR for taps that cannot be had, and forgets them: Neutron erases a row in ERROR without telling us, so
 * holding on to it would one day copy traffic that nobody asked for. Taps that are not held are passed over.
 */
export function giveUp(state: DesiredState, failures: readonly Failure[]): DesiredState {
  const tapServices = new Map(state.tapServices);
  const tapFlows = new Map(state.tapFlows);
  const reports = [...state.reports];
  for (const { kind, id } of failures) {
    const held = (kind === 'tap_service' ? tapServices : tapFlows).delete(id);
    if (held) reports.push({ kind, id, status: 'ERROR' });
  }
  return reports.length === state.reports.length ? state : { ...state, tapServices, tapFlows, reports };
}

/** Forgets these reports, told apart by reference: the broker has them. Answers the same value when none is there. */
export function reportsSent(state: DesiredState, sent: ReadonlySet<StatusReport>): DesiredState {
  const reports = state.reports.filter((report) => !sent.has(report));
  return reports.length === state.reports.length ? state : { ...state, reports };
}
