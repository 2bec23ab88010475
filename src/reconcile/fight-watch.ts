import { foughtOver, type Repairs, restAfter, withRepairs } from './fight.ts';
import type { TraceReconcile } from './trace.ts';

/** Tells what others made us put right, names those who do so again and again, and has them wait. */
export class FightWatch {
  readonly #trace: TraceReconcile;
  #repairs: Repairs = new Map();
  #fight: readonly string[] = [];
  #restUntil = 0;

  constructor(trace: TraceReconcile) {
    this.#trace = trace;
  }

  /** Until when, in ms of a steady clock, what others do to the switch is to call for no pass. */
  get restUntil(): number {
    return this.#restUntil;
  }

  /** There is work of our own, which waits for nobody. */
  cutRest(): void {
    this.#restUntil = 0;
  }

  /** These were put right; none, when time has passed without any. */
  repaired(names: readonly string[], now: number): void {
    this.#repairs = withRepairs(this.#repairs, names, now);
    const restMilliseconds = restAfter(this.#repairs, now);
    if (names.length > 0) {
      this.#trace({ kind: 'repaired', names });
      this.#restUntil = now + restMilliseconds;
    }
    const before = new Set(this.#fight);
    this.#fight = foughtOver(this.#repairs);
    if (this.#fight.some((name) => !before.has(name))) {
      this.#trace({ kind: 'fight', over: this.#fight, restMilliseconds });
    }
    if (this.#fight.length === 0 && before.size > 0) this.#trace({ kind: 'fight-over' });
  }
}
