import { cookieOf, readCookie, STAGE_MASK } from '../compile/cookie.ts';
import { readPause, readPlace } from '../compile/places.ts';
import { announcement, TUNNEL_TABLES } from '../compile/tunnel-flows.ts';
import type { FlowTable, FlowTables } from '../openflow/flow-key.ts';
import { WakeUp } from '../pacing/wake-up.ts';
import { type Floods, pauseFloods, type Sender } from '../plan/pause-floods.ts';
import { type LearntFlow, type Probes, probePlaces } from '../plan/probe-places.ts';
import type { TapService } from '../tap/tap.ts';
import type { PlacePort } from './ports.ts';
import type { StateKeeper } from './state-keeper.ts';
import type { TraceReconcile } from './trace.ts';

/** How often it comes round: while something is under way, while there is something to look after, and while there is nothing. */
const ROUND_MILLISECONDS = { busy: 500, usual: 2_000, idle: 10_000 };
/**
 * When, since it arrived. A frame may be lost on its way, or meet a tunnel that is not up yet; and answers from where the
 * service was before may count late (tunnel-flows.ts): of a hundred moves, one needed the second.
 */
const REPEAT_MILLISECONDS = [0, 50, 200, 1_000, 5_000] as const;

/** A service whose port has come to this host: when, and how often it was announced since. */
interface Announcing {
  readonly number: number;
  readonly since: number;
  readonly times: number;
}

const isDue = ({ since, times }: Announcing, now: number) => now - since >= (REPEAT_MILLISECONDS[times] ?? 0);

function learntFlows(tunnel: FlowTable): LearntFlow[] {
  return [...tunnel.values()].flatMap((flow) => {
    const place = readPlace(flow);
    return place ? [{ place, flow }] : [];
  });
}

/** The services that this host sends copies to by way of their places. */
function sendersIn(tunnel: FlowTable, learnt: readonly LearntFlow[]): Sender[] {
  const placed = new Set(learnt.map(({ place }) => place.number));
  const pauses = new Map([...tunnel.values()].map((flow) => [readPause(flow), flow] as const));
  return [...tunnel.values()].flatMap(({ table, cookie, match }) => {
    const read = table === TUNNEL_TABLES.unicast ? readCookie(cookie) : undefined;
    if (read?.stage !== 'send') return [];
    const number = read.value;
    return [{ number, match, isPlaced: placed.has(number), pause: pauses.get(number) }];
  });
}

/** Numbers of the services that copies from other hosts are delivered to here. */
function servicesHere({ tap }: FlowTables): ReadonlySet<number> {
  const read = [...tap.values()].map(({ cookie }) => readCookie(cookie));
  return new Set(read.flatMap((cookie) => (cookie?.stage === 'arrive' ? [cookie.value] : [])));
}

/**
 * Looks after the places where copies for services on other hosts are sent: tells other hosts of a service whose port has
 * come here, asks now and then whether the places are right that this host has learnt, and has copies wait that nobody
 * answers. What fails is tried again with the next round: a pass deals with a switch that is away.
 */
export class PlaceKeeper {
  readonly #switch: PlacePort;
  readonly #keeper: Pick<StateKeeper, 'state'>;
  readonly #trace: TraceReconcile;
  readonly #wakeUp = new WakeUp();
  #announcing: readonly Announcing[] = [];
  #probes: Probes = new Map();
  #floods: Floods = new Map();
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(switchPort: PlacePort, keeper: Pick<StateKeeper, 'state'>, trace: TraceReconcile) {
    this.#switch = switchPort;
    this.#keeper = keeper;
    this.#trace = trace;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** The services of these numbers have come here: their sources on other hosts may send elsewhere. */
  announce(arrived: readonly number[]): void {
    if (arrived.length === 0) return;
    const numbers = new Set(arrived);
    const others = this.#announcing.filter(({ number }) => !numbers.has(number));
    const since = performance.now();
    this.#announcing = [...others, ...arrived.map((number) => ({ number, since, times: 0 }))];
    this.#wakeUp.call();
  }

  /** Ends it after the round that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeUp.call();
    await this.#running;
  }

  async #run(): Promise<void> {
    let pause: number = ROUND_MILLISECONDS.idle;
    while (!this.#stopped) {
      await this.#wakeUp.sleep(pause);
      if (this.#stopped) return;
      try {
        pause = Math.min(ROUND_MILLISECONDS[await this.#round()], this.#untilAnnouncing());
      } catch (error) {
        this.#trace({ kind: 'places-failed', error });
        pause = ROUND_MILLISECONDS.usual;
      }
    }
  }

  /** Answers how it goes on. */
  async #round(): Promise<keyof typeof ROUND_MILLISECONDS> {
    const facts = this.#switch.facts();
    if (!facts?.tunnel) {
      this.#announcing = [];
      this.#probes = new Map();
      this.#floods = new Map();
      return 'idle';
    }
    const flows = await this.#switch.readFlows(facts, 'known');
    const learnt = learntFlows(flows.tunnel);
    const senders = sendersIn(flows.tunnel, learnt);
    if (this.#announcing.length > 0) await this.#announceDue(servicesHere(flows));
    await this.#probe(learnt);
    await this.#pauseFloods(senders);
    const isReopened = [...this.#floods.values()].some((flood) => flood.kind === 'open' && flood.wasPaused);
    if (isReopened) return 'busy';
    return senders.length + learnt.length > 0 ? 'usual' : 'idle';
  }

  /** Milliseconds. */
  #untilAnnouncing(): number {
    const now = performance.now();
    const dueIn = ({ since, times }: Announcing) => since + (REPEAT_MILLISECONDS[times] ?? 0) - now;
    return this.#announcing
      .map(dueIn)
      .reduce((least, each) => Math.max(0, Math.min(least, each)), Number.POSITIVE_INFINITY);
  }

  async #announceDue(here: ReadonlySet<number>): Promise<void> {
    const now = performance.now();
    const open = this.#announcing.filter(({ number }) => here.has(number));
    const due = open.filter((each) => isDue(each, now));
    this.#announcing = open
      .map((each) => (isDue(each, now) ? { ...each, times: each.times + 1 } : each))
      .filter(({ times }) => times < REPEAT_MILLISECONDS.length);
    if (due.length === 0) return;
    const services = this.#services(due.map(({ number }) => number));
    const packets = services.map(({ taasId }) => announcement(taasId, Math.floor(now)));
    await this.#switch.sendFrames('tunnel', packets);
    this.#trace({ kind: 'announced', ids: services.map(({ id }) => id) });
  }

  async #probe(learnt: readonly LearntFlow[]): Promise<void> {
    const asks = learnt.some(({ place }) => place.asks);
    const packets = asks ? await this.#packets('learnt') : new Map<number, bigint>();
    const { probes, mods, lost } = probePlaces(learnt, this.#probes, packets, performance.now());
    this.#probes = probes;
    if (mods.length > 0) await this.#switch.apply({ kind: 'flows', bridge: 'tunnel', mods });
    if (lost.length > 0) this.#trace({ kind: 'places-lost', ids: this.#services(lost).map(({ id }) => id) });
  }

  async #pauseFloods(senders: readonly Sender[]): Promise<void> {
    const isOpen = senders.some(({ isPlaced, pause }) => !isPlaced && !pause);
    const packets = isOpen || this.#floods.size > 0 ? await this.#packets('send') : new Map<number, bigint>();
    const { floods, mods, paused } = pauseFloods(senders, this.#floods, packets, performance.now());
    this.#floods = floods;
    if (mods.length > 0) await this.#switch.apply({ kind: 'flows', bridge: 'tunnel', mods });
    if (paused.length > 0) this.#trace({ kind: 'floods-paused', ids: this.#services(paused).map(({ id }) => id) });
  }

  #services(numbers: readonly number[]): readonly TapService[] {
    const wanted = new Set(numbers);
    const held = [...this.#keeper.state.tapServices.values()];
    return held.filter(({ number }) => wanted.has(number)).map(({ tap }) => tap);
  }

  /** How many copies each service's flow of a stage has met. */
  async #packets(stage: 'learnt' | 'send'): Promise<ReadonlyMap<number, bigint>> {
    const counts = await this.#switch.counters('tunnel', cookieOf(stage, 0), STAGE_MASK);
    const sums = new Map<number, bigint>();
    for (const { cookie, packets } of counts) {
      const number = readCookie(cookie)?.value;
      if (number !== undefined) sums.set(number, (sums.get(number) ?? 0n) + packets);
    }
    return sums;
  }
}
