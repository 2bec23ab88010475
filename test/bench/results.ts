import type { CreateFigures } from './create-figures.ts';
import type { FleetFigures } from './fleet-figures.ts';
import type { Machine } from './machine.ts';
import type { OthersFigures } from './measure-others.ts';
import type { RepairFigures } from './measure-repair.ts';
import type { RestFigures } from './measure-rest.ts';
import type { StartFigures } from './measure-start.ts';
import type { StepFigures } from './measure-steps.ts';
import type { Surroundings } from './measure-surroundings.ts';

/** What a run has measured; parts that were not asked for are missing. */
export interface Figures {
  readonly create: readonly CreateFigures[];
  readonly surroundings?: Surroundings;
  readonly steps?: StepFigures;
  readonly start?: StartFigures;
  readonly rest?: RestFigures;
  readonly others?: OthersFigures;
  readonly repair?: RepairFigures;
  readonly fleet?: FleetFigures;
}

export interface Results extends Figures {
  readonly date: Date;
  readonly minutes: number;
  readonly machine: Machine;
  /** Which share of the machine's cores others kept busy before each part, 0 to 1. */
  readonly busy: readonly number[];
}
