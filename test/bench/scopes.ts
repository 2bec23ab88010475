import type { CreateScope } from './measure-create.ts';

/** How much of everything is measured. */
export interface Scope {
  readonly create: CreateScope;
  readonly surroundings: number;
}

/** Some 15 minutes. */
const whole: Scope = {
  create: {
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
};

/** Some seconds: the figures mean nothing, but every step is gone. */
const smoke: Scope = {
  create: { oneByOne: [{ held: 5, times: 3 }], bursts: [{ taps: 20, times: 1 }], floorTimes: 3 },
  surroundings: 5,
};

export function scopeOf(options: { readonly smoke: boolean }): Scope {
  return options.smoke ? smoke : whole;
}
