import { askingPlace, type Place } from '../compile/places.ts';
import type { FlowMod, FlowText } from '../openflow/flow.ts';

/** A place that the switch holds, as a flow. */
export interface LearntFlow {
  readonly place: Place;
  readonly flow: FlowText;
}

/**
 * What is remembered of a place, times being milliseconds of a steady clock. It is `known` after an answer. Now and then copies
 * are made to ask again: `asked`. After a while, when those are through that were sent before, what has gone there is
 * `counted`, and once more has, and nothing comes back, it is `unanswered`.
 */
type Probe =
  | { readonly kind: 'known'; readonly port: number; readonly since: number }
  | { readonly kind: 'asked' | 'unanswered'; readonly since: number }
  | { readonly kind: 'counted'; readonly packets: bigint };

/** By number of the service. */
export type Probes = ReadonlyMap<number, Probe>;

export interface Probing {
  readonly probes: Probes;
  readonly mods: readonly FlowMod[];
  /** Numbers of services whose places are given up: copies for them go to all hosts again. */
  readonly lost: readonly number[];
}

/** How long a place is believed without asking. */
const BELIEF_MILLISECONDS = 30_000;
/** More than it takes the switch to let go of what it has cached, to count, and to hear an answer. */
const PATIENCE_MILLISECONDS = 2_000;

function nextProbe(
  { port, asks }: Place,
  before: Probe | undefined,
  packets: bigint,
  now: number,
): Probe | 'ask' | 'give up' {
  if (!asks) {
    if (before?.kind !== 'known' || before.port !== port) return { kind: 'known', port, since: now };
    return now - before.since < BELIEF_MILLISECONDS ? before : 'ask';
  }
  switch (before?.kind) {
    case 'asked':
      return now - before.since < PATIENCE_MILLISECONDS ? before : { kind: 'counted', packets };
    case 'counted':
      return packets === before.packets ? before : { kind: 'unanswered', since: now };
    case 'unanswered':
      return now - before.since < PATIENCE_MILLISECONDS ? before : 'give up';
    default:
      return { kind: 'asked', since: now };
  }
}

/**
 * Whether the places that were learnt are still right: those who have a service answer copies that ask. `packets` says how
 * many have gone to each place, for those at least that ask.
 */
export function probePlaces(
  learnt: readonly LearntFlow[],
  before: Probes,
  packets: ReadonlyMap<number, bigint>,
  now: number,
): Probing {
  const probes = new Map<number, Probe>();
  const mods: FlowMod[] = [];
  const lost: number[] = [];
  for (const { place, flow } of learnt) {
    const { number } = place;
    const next = nextProbe(place, before.get(number), packets.get(number) ?? 0n, now);
    if (next === 'give up') {
      mods.push({ command: 'DELETE_STRICT', flow });
      lost.push(number);
    } else if (next === 'ask') mods.push({ command: 'MODIFY_STRICT', flow: askingPlace(flow, place) });
    else probes.set(number, next);
  }
  return { probes, mods, lost };
}
