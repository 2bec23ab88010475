import type { CreateScope } from './measure-create.ts';
import type { FleetScope } from './measure-fleet.ts';
import type { RepairScope } from './measure-repair.ts';
import type { RestScope } from './measure-rest.ts';
import type { StartScope } from './measure-start.ts';
import type { StepScope } from './measure-steps.ts';
import type { BenchOptions } from './options.ts';

/** How much of everything is measured. */
export interface Scope {
  /** How long the machine is watched before each part, to know how busy it is without us. */
  readonly watchSeconds: number;
  readonly surroundings: number;
  readonly create: CreateScope;
  readonly steps: StepScope;
  readonly start: StartScope;
  readonly rest: RestScope;
  /** Tap flows on other hosts. */
  readonly others: number;
  readonly repair: RepairScope;
  readonly fleet: FleetScope;
}

/** Some 20 minutes. */
const whole: Scope = {
  watchSeconds: 0.5,
  create: {
    warmUp: 10,
    oneByOne: [
      { held: 0, times: 60 },
      { held: 300, times: 60 },
    ],
    bursts: [
      { taps: 300, times: 5 },
      { taps: 1000, times: 1 },
      { taps: 5000, times: 1 },
    ],
    floorTimes: 60,
  },
  surroundings: 200,
  steps: { warmUp: 10, times: 60 },
  start: { taps: 1000, times: 7 },
  rest: { settleSeconds: 3, seconds: 20, taps: 300, known: 5000 },
  others: 5000,
  repair: { taps: 300, times: 15, pauseSeconds: 1.5 },
  fleet: {
    agents: 50,
    taps: 2000,
    settleSeconds: 5,
    seconds: 20,
    series: { warmUp: 5, times: 50, pauseSeconds: 0.4 },
    large: 1000,
  },
};

/** Some seconds: the figures mean nothing, but every step is gone. */
const smoke: Scope = {
  watchSeconds: 0.05,
  create: { warmUp: 0, oneByOne: [{ held: 5, times: 3 }], bursts: [{ taps: 20, times: 1 }], floorTimes: 3 },
  surroundings: 5,
  steps: { warmUp: 0, times: 2 },
  start: { taps: 10, times: 1 },
  rest: { settleSeconds: 0.1, seconds: 0.1, taps: 5, known: 50 },
  others: 50,
  repair: { taps: 5, times: 1, pauseSeconds: 0.05 },
  fleet: {
    agents: 3,
    taps: 12,
    settleSeconds: 0.1,
    seconds: 0.1,
    series: { warmUp: 0, times: 2, pauseSeconds: 0.05 },
    large: 20,
  },
};

export function scopeOf({ smoke: isSmoke, fleet }: Pick<BenchOptions, 'smoke' | 'fleet'>): Scope {
  const scope = isSmoke ? smoke : whole;
  const { agents = scope.fleet.agents } = fleet;
  return { ...scope, fleet: { ...scope.fleet, ...fleet, large: Math.max(scope.fleet.large, 2 * agents) } };
}
