import { assertNever } from './assert-never.ts';
import type { DesiredState, Held, HeldTapService } from './desired-state.ts';
import type { StatusReport, TapEvent, TapKind } from './event.ts';
import { FlowIndex } from './flow-index.ts';
import { loopThrough } from './loops.ts';
import { RecentDeletes } from './recent-deletes.ts';
import type { TapFlow, TapService } from './tap.ts';

/** Something about an event that an operator wants to read in the log. */
export interface Notice {
  readonly level: 'info' | 'warn' | 'error';
  readonly kind: TapKind;
  readonly id: string;
  readonly reason: string;
}

export interface Taken {
  readonly state: DesiredState;
  readonly notices: readonly Notice[];
}

/** Numbers are 27 bits wide, so that one and a direction fit below a cookie's prefix and stage. */
export const MAX_NUMBER = 2 ** 27 - 1;

/** Where a create came from. */
type Origin = Pick<Extract<TapEvent, { readonly recast: boolean }>, 'host' | 'recast'>;

/** The state while one batch of events is taken: private, mutable copies of the maps of a DesiredState. */
interface Draft {
  readonly thisHost: string;
  readonly before: DesiredState;
  readonly tapServices: Map<string, HeldTapService>;
  readonly tapFlows: FlowIndex;
  lastNumber: number;
  /** Made when a second number is wanted: until then one walk over all taps costs less. */
  usedNumbers: Set<number> | undefined;
  isNumberGiven: boolean;
  readonly deleted: RecentDeletes;
  readonly departing: StatusReport[];
  readonly reports: StatusReport[];
  readonly notices: Notice[];
}

/**
 * Applies events in order. Pure; the batch costs one copy of the state, however many events it has.
 * `thisHost` is the host whose taps we report.
 */
export function takeEvents(state: DesiredState, events: readonly TapEvent[], thisHost: string): Taken {
  const draft: Draft = {
    thisHost,
    before: state,
    tapServices: new Map(state.tapServices),
    tapFlows: new FlowIndex(new Map(state.tapFlows)),
    lastNumber: state.lastNumber,
    usedNumbers: undefined,
    isNumberGiven: false,
    deleted: new RecentDeletes(state.deleted),
    departing: [...state.departing],
    reports: [...state.reports],
    notices: [],
  };
  for (const event of events) takeEvent(draft, event);
  const { tapServices, tapFlows, lastNumber, departing, reports } = draft;
  const deleted = draft.deleted.list();
  return {
    state: { tapServices, tapFlows: tapFlows.all, lastNumber, deleted, departing, reports },
    notices: draft.notices,
  };
}

function takeEvent(draft: Draft, event: TapEvent): void {
  switch (event.kind) {
    case 'create_tap_service':
      if (!overtakenByDelete(draft, 'tap_service', event.tapService.id, event.recast)) {
        createTapService(draft, event.tapService, event);
      }
      return;
    case 'create_tap_flow':
      if (!overtakenByDelete(draft, 'tap_flow', event.tapFlow.id, event.recast)) {
        createTapFlow(draft, event.tapFlow, event);
      }
      return;
    case 'delete_tap_service':
      deleteTapService(draft, event.id, event.host);
      return;
    case 'delete_tap_flow':
      deleteTap(draft, 'tap_flow', draft.tapFlows, event.id, event.host);
      return;
    case 'taps_snapshot':
      keepOnly(draft, event);
      return;
    default:
      assertNever(event);
  }
}

function overtakenByDelete(draft: Draft, kind: TapKind, id: string, recast: boolean): boolean {
  // What is created anew lives again: taas-server takes taps away from a port, and gives them back.
  if (!recast) {
    draft.deleted.remove(id);
    return false;
  }
  if (!draft.deleted.has(id)) return false;
  draft.notices.push({ level: 'info', kind, id, reason: 'created again by a sync that its delete has overtaken' });
  return true;
}

function createTapService(draft: Draft, tap: TapService, origin: Origin & Pick<HeldTapService, 'tunnelAddress'>): void {
  for (const [id, other] of draft.tapServices) {
    if (id === tap.id || other.tap.taasId !== tap.taasId) continue;
    // Neutron gives a taas_id again once its former row is erased, which it does without a cast unless it was ACTIVE.
    const reason = `gave up taas_id ${tap.taasId} to tap service ${tap.id}: Neutron has given the number anew`;
    draft.notices.push({ level: 'warn', kind: 'tap_service', id, reason });
    forgetTapService(draft, id);
  }
  const { tunnelAddress } = origin;
  draft.tapServices.set(tap.id, { ...held(draft, draft.tapServices.get(tap.id), tap, origin), tunnelAddress });
  // Flows that came first were taken on trust: only now is it known where their copies go.
  for (const flow of draft.tapFlows.all.values()) {
    const concerned = flow.tap.tapServiceId === tap.id && loopThrough(flow.tap, draft.tapServices, draft.tapFlows);
    if (concerned) refuseLoop(draft, flow.tap, flow.host);
  }
}

function createTapFlow(draft: Draft, tap: TapFlow, origin: Origin): void {
  if (loopThrough(tap, draft.tapServices, draft.tapFlows)) refuseLoop(draft, tap, origin.host);
  else draft.tapFlows.set(held(draft, draft.tapFlows.get(tap.id), tap, origin));
}

function refuseLoop(draft: Draft, tap: TapFlow, host: string | null): void {
  const reason = `refused: its copies would come back to its source port ${tap.sourcePortId}`;
  draft.notices.push({ level: 'error', kind: 'tap_flow', id: tap.id, reason });
  draft.tapFlows.delete(tap.id);
  if (host === draft.thisHost) draft.reports.push({ kind: 'tap_flow', id: tap.id, status: 'ERROR' });
}

/**
 * A create of what we hold already changes nothing but makes its status due again; a changed tap is a new one. What is
 * cast again was ACTIVE before, if not with us: it waits for its port as long as it takes.
 */
function held<Tap>(draft: Draft, before: Held<Tap> | undefined, tap: Tap, { host, recast }: Origin): Held<Tap> {
  const reportDue = host === draft.thisHost;
  if (before && JSON.stringify(before.tap) === JSON.stringify(tap)) return { ...before, host, reportDue };
  return { tap, host, number: nextNumber(draft), confirmed: recast, reportDue };
}

function numbersOf({ tapServices, tapFlows }: DesiredState): Set<number> {
  return new Set([...tapServices.values(), ...tapFlows.values()].map(({ number }) => number));
}

function isUsed({ tapServices, tapFlows }: DesiredState, wanted: number): boolean {
  for (const { number } of tapServices.values()) if (number === wanted) return true;
  for (const { number } of tapFlows.values()) if (number === wanted) return true;
  return false;
}

function nextNumber(draft: Draft): number {
  if (draft.isNumberGiven) draft.usedNumbers ??= numbersOf(draft.before).add(draft.lastNumber);
  do draft.lastNumber = (draft.lastNumber % MAX_NUMBER) + 1;
  while (draft.usedNumbers?.has(draft.lastNumber) ?? isUsed(draft.before, draft.lastNumber));
  draft.isNumberGiven = true;
  draft.usedNumbers?.add(draft.lastNumber);
  return draft.lastNumber;
}

/** Without their service the copies of its flows have no destination: they go with it. */
function forgetTapService(draft: Draft, id: string): void {
  draft.tapServices.delete(id);
  for (const [flowId, flow] of draft.tapFlows.all) {
    if (flow.tap.tapServiceId === id) draft.tapFlows.delete(flowId);
  }
}

/** Those who wait for an answer to a delete send it once more, so nothing is reported here. */
function keepOnly(draft: Draft, { tapServices, tapFlows }: Extract<TapEvent, { kind: 'taps_snapshot' }>): void {
  const reason = 'the control plane does not know it any more: it was deleted without our hearing of it';
  for (const id of [...draft.tapFlows.all.keys()].filter((held) => !tapFlows.has(held))) {
    draft.tapFlows.delete(id);
    draft.notices.push({ level: 'warn', kind: 'tap_flow', id, reason });
  }
  for (const id of [...draft.tapServices.keys()].filter((held) => !tapServices.has(held))) {
    forgetTapService(draft, id);
    draft.notices.push({ level: 'warn', kind: 'tap_service', id, reason });
  }
}

function deleteTapService(draft: Draft, id: string, host: string | null): void {
  deleteTap(draft, 'tap_service', draft.tapServices, id, host);
  forgetTapService(draft, id);
}

function deleteTap(
  draft: Draft,
  kind: TapKind,
  taps: { get(id: string): Held<unknown> | undefined; delete(id: string): unknown },
  id: string,
  host: string | null,
): void {
  const known = taps.get(id);
  taps.delete(id);
  draft.deleted.add(id);
  if (!known) draft.notices.push({ level: 'info', kind, id, reason: 'deleted, but not known here' });
  // A delete whose port is gone names no host: then whoever reported the tap answers, and everyone if nobody did.
  const ours = host === draft.thisHost || (host === null && (!known || known.host === draft.thisHost));
  if (ours) draft.departing.push({ kind, id, status: 'INACTIVE' });
}
