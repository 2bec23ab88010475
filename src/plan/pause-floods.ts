import { pauseFlow } from '../compile/places.ts';
import type { FlowMod, FlowText } from '../openflow/flow.ts';

/** A service on another host as the switch holds it. */
export interface Sender {
  readonly number: number;
  /** What its copies match, which ask for its place. */
  readonly match: string;
  /** Whether an answer has told where it is. */
  readonly isPlaced: boolean;
  /** What holds its copies back, if that is so. */
  readonly pause: FlowText | undefined;
}

/** What is remembered of a sender without a place: since when it floods, or is held back, in milliseconds of a steady clock. */
type Flood =
  | { readonly kind: 'open'; readonly since: number; readonly packets: bigint; readonly wasPaused: boolean }
  | { readonly kind: 'paused'; readonly since: number };

/** By number of the service. */
export type Floods = ReadonlyMap<number, Flood>;

export interface Pausing {
  readonly floods: Floods;
  readonly mods: readonly FlowMod[];
  /** Numbers of services whose copies are held back for the first time since they had a place. */
  readonly paused: readonly number[];
}

/** How long copies go to all hosts: at first, and whenever they do again. Slower than the switch counts, and hosts answer. */
const OPEN_MILLISECONDS = { first: 2_000, again: 500 };
const PAUSED_MILLISECONDS = 20_000;
/** Fewer copies than that burden nobody. */
const FEW = 100n;

function next({ isPlaced, pause }: Sender, before: Flood | undefined, packets: bigint, now: number): Flood | undefined {
  if (isPlaced) return undefined;
  if (pause) {
    if (before?.kind !== 'paused') return { kind: 'paused', since: now };
    return now - before.since < PAUSED_MILLISECONDS ? before : { kind: 'open', since: now, packets, wasPaused: true };
  }
  if (before?.kind !== 'open') return { kind: 'open', since: now, packets, wasPaused: before?.kind === 'paused' };
  const { since, wasPaused } = before;
  // Those that were counted before it went on again tell what comes.
  const isOver = now - since >= (wasPaused ? OPEN_MILLISECONDS.again : OPEN_MILLISECONDS.first);
  if (!isOver) return before;
  if (!wasPaused && packets - before.packets < FEW) return { ...before, since: now, packets };
  return { kind: 'paused', since: now };
}

/**
 * Copies for a service that nobody answers for would burden every host, at any rate and for as long as its sensor is away: so
 * they are held back soon, and only now and then go out for a moment to ask again. A host that the sensor comes to tells so by
 * itself, which ends this at once. `packets` says how many copies there were for each service.
 */
export function pauseFloods(
  senders: readonly Sender[],
  before: Floods,
  packets: ReadonlyMap<number, bigint>,
  now: number,
): Pausing {
  const floods = new Map<number, Flood>();
  const mods: FlowMod[] = [];
  const paused: number[] = [];
  for (const sender of senders) {
    const { number, match, pause } = sender;
    const former = before.get(number);
    const flood = next(sender, former, packets.get(number) ?? 0n, now);
    if (flood) floods.set(number, flood);
    if (pause && flood?.kind !== 'paused') mods.push({ command: 'DELETE_STRICT', flow: pause });
    if (!pause && flood?.kind === 'paused') {
      mods.push({ command: 'ADD', flow: pauseFlow(number, match) });
      if (former?.kind === 'open' && !former.wasPaused) paused.push(number);
    }
  }
  return { floods, mods, paused };
}
