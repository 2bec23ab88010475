import { Backoff } from '../pacing/backoff.ts';
import { WakeUp } from '../pacing/wake-up.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { TapEvent } from '../tap/event.ts';
import { giveUp, settle } from '../tap/settle.ts';
import { type Notice, takeEvents } from '../tap/take-events.ts';
import { FightWatch } from './fight-watch.ts';
import { nowWaiting, type OutcomeOf, outcomeOf, overdue, realisedIn, untilOverdue, type Waiting } from './grace.ts';
import { MtuWatch } from './mtu-watch.ts';
import type { Pass, PassResult } from './pass.ts';
import type { StateKeeper } from './state-keeper.ts';
import { SwitchError } from './switch-error.ts';
import type { TakenEvent, TraceReconcile } from './trace.ts';

export interface ReconcilerOptions {
  readonly host: string;
  readonly keeper: StateKeeper;
  readonly pass: Pass;
  readonly graceMilliseconds: number;
  /** Told the numbers of services to which copies from other hosts can be delivered from now on. */
  readonly onArrived: (numbers: readonly number[]) => void;
  readonly trace: TraceReconcile;
}

interface WaitingEvent extends TakenEvent {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How often the loop comes round although nothing has called it. */
const ROUND_MILLISECONDS = 5_000;
/** How often flows are read back from the switch, whatever is known of them: if it tells of changes, and if it does not. */
const COMPARISON_MILLISECONDS = { watched: 180_000, unwatched: 1_000 };
const RETRY_MILLISECONDS = { first: 100, last: 5_000 };

/**
 * The one loop: takes all events that wait, saves them, then makes the switch agree with the taps, and reports what came
 * of it. Deletes, restarts, ports that come and go, and repairs all go this way; there is no other.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #wakeUp = new WakeUp();
  readonly #backoff = new Backoff(RETRY_MILLISECONDS.first, RETRY_MILLISECONDS.last);
  #events: WaitingEvent[] = [];
  #waiting: Waiting = new Map();
  #comparedAt = Number.NEGATIVE_INFINITY;
  #notBefore = 0;
  /** Something has happened since the last pass, or that has failed: else there is nothing that it could find. */
  #isDue = true;
  readonly #fights: FightWatch;
  readonly #mtus: MtuWatch;
  #stopped = false;
  #running: Promise<void> | undefined;
  #progressAt = performance.now();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#fights = new FightWatch(options.trace);
    this.#mtus = new MtuWatch(options.trace);
  }

  start(): void {
    this.#running = this.#run();
    this.wake();
  }

  /** Something may have changed on the switch. */
  wake(): void {
    this.#isDue = true;
    this.#wakeUp.call();
  }

  /** The switch is back: what failed while it was away is tried again at once. */
  retryNow(): void {
    this.#notBefore = 0;
    this.#backoff.reset();
    this.wake();
  }

  /** Resolves when the event is on disk; rejects when it could not be saved, and is as good as never sent. */
  take(event: TapEvent, requestId?: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#events.push({ event, requestId, resolve, reject });
      this.#wakeUp.call();
    });
  }

  /** Milliseconds since the loop last came round. It does so every few seconds at least. */
  sinceProgress(): number {
    return performance.now() - this.#progressAt;
  }

  /** How many tap flows have copies that are too long for the network between the hosts, as far as the last pass knows. */
  get tooLong(): number {
    return this.#mtus.tooLong;
  }

  /** Ends the loop after the pass that is under way. The taps stay in place. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#running;
    for (const { reject } of this.#events.splice(0)) reject(new Error('the agent is stopping'));
  }

  async #run(): Promise<void> {
    let pause = 0;
    while (!this.#stopped) {
      await this.#wakeUp.sleep(pause);
      this.#progressAt = performance.now();
      if (this.#stopped) break;
      if (await this.#takeWaitingEvents()) this.#fights.cutRest();
      pause = Math.min(await this.#makeItSo(), this.#comparisonInterval, ROUND_MILLISECONDS);
    }
  }

  /** Answers whether there were any. */
  async #takeWaitingEvents(): Promise<boolean> {
    const { keeper, host, pass, trace } = this.#options;
    const batch = this.#events.splice(0);
    if (batch.length === 0) return false;
    const events = batch.map(({ event }) => event);
    let notices: readonly Notice[] = [];
    try {
      await keeper.update((state) => {
        const taken = takeEvents(state, events, host);
        notices = taken.notices;
        if (pass.concerns(state, taken.state)) this.#isDue = true;
        return taken.state;
      });
    } catch (error) {
      trace({ kind: 'events-refused', count: batch.length, error });
      for (const { reject } of batch) reject(error);
      return true;
    }
    trace({ kind: 'events-taken', events: batch.map(({ event, requestId }) => ({ event, requestId })), notices });
    for (const { resolve } of batch) resolve();
    return true;
  }

  /** One attempt; answers after how many milliseconds the next is due by itself. */
  async #makeItSo(): Promise<number> {
    const started = performance.now();
    const due = Math.max(this.#notBefore, this.#fights.restUntil);
    if (started < due) return due - started;
    if (started - this.#comparedAt >= this.#comparisonInterval) {
      this.#comparedAt = started;
      this.#options.pass.forgetFlows();
      this.#isDue = true;
    }
    try {
      if (await this.#giveUpOverdue()) this.#isDue = true;
      // What happens meanwhile is for the next pass.
      const isDue = this.#isDue;
      this.#isDue = false;
      if (isDue) await this.#pass(started);
      else this.#fights.repaired([], started);
      this.#backoff.reset();
    } catch (error) {
      return this.#failed(error);
    }
    const until = untilOverdue(this.#waiting, this.#options.graceMilliseconds, performance.now());
    return until ?? ROUND_MILLISECONDS;
  }

  get #comparisonInterval(): number {
    return this.#options.pass.flowsWatched ? COMPARISON_MILLISECONDS.watched : COMPARISON_MILLISECONDS.unwatched;
  }

  async #pass(started: number): Promise<void> {
    const { pass, keeper, trace } = this.#options;
    const result = await this.#verified(await pass.run(keeper.state));
    switch (result.kind) {
      case 'settled':
        trace({ kind: 'settled', steps: result.steps, milliseconds: performance.now() - started });
        this.#fights.repaired(result.repairs, performance.now());
        await keeper.update((state) => settle(state, realisedIn(result.outcomes)), 'at once');
        this.#wait(outcomeOf(result.outcomes));
        this.#options.onArrived(result.arrived);
        this.#mtus.look(result.warnings);
        return;
      case 'blocked':
        trace({ kind: 'blocked', reason: result.reason });
        this.#wait(() => ({ kind: 'waiting', reason: result.reason }));
        return;
      case 'away':
        this.#suspendGrace();
        pass.forgetFlows();
        trace({ kind: 'switch-away' });
        return;
      default:
        assertNever(result);
    }
  }

  /** What is reported must be so on the switch, not only as far as we know: others delete flows, too. */
  async #verified(result: PassResult): Promise<PassResult> {
    const { pass, keeper } = this.#options;
    if (pass.flowsWatched) return result;
    if (result.kind !== 'settled' || settle(keeper.state, realisedIn(result.outcomes)) === keeper.state) return result;
    pass.forgetFlows();
    const again = await pass.run(keeper.state);
    if (again.kind !== 'settled') return again;
    const repairs = [...result.repairs, ...again.repairs];
    return { ...again, steps: result.steps + again.steps, repairs, arrived: [...result.arrived, ...again.arrived] };
  }

  #failed(error: unknown): number {
    const retryMilliseconds = this.#backoff.next();
    // Our own attempt changes the database and so wakes the loop: without a pause a fight with somebody would run hot.
    this.#notBefore = performance.now() + retryMilliseconds;
    this.#options.pass.forgetFlows();
    this.#isDue = true;
    this.#options.trace({ kind: 'pass-failed', error, retryMilliseconds });
    if (!(error instanceof SwitchError)) return retryMilliseconds;
    if (error.code === 'unreachable') this.#suspendGrace();
    else this.#wait(() => ({ kind: 'waiting', reason: `the switch refused it: ${error.message}` }));
    return retryMilliseconds;
  }

  /** The grace time is for ports: it does not run while there is no switch to plug them into. */
  #suspendGrace(): void {
    this.#waiting = new Map();
  }

  /** Keeps who waits, and tells why when that is new. */
  #wait(outcome: OutcomeOf): void {
    const { keeper, trace, host } = this.#options;
    const before = this.#waiting;
    this.#waiting = nowWaiting(before, keeper.state, outcome, { host, now: performance.now() });
    for (const [id, { kind, reason, graced }] of this.#waiting) {
      if (before.get(id)?.reason !== reason) trace({ kind: 'waiting', tap: { kind, id, reason }, wasActive: !graced });
    }
    for (const [id, { kind, graced }] of before) {
      if (!graced && !this.#waiting.has(id)) trace({ kind: 'no-longer-waiting', tap: { kind, id } });
    }
  }

  /** Answers whether there were any. */
  async #giveUpOverdue(): Promise<boolean> {
    const { keeper, trace, graceMilliseconds } = this.#options;
    const failures = overdue(this.#waiting, graceMilliseconds, performance.now());
    if (failures.length === 0) return false;
    await keeper.update((state) => giveUp(state, failures));
    for (const failure of failures) trace({ kind: 'gave-up', failure });
    return true;
  }
}
