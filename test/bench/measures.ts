import type { BenchSwitch } from './bench-switch.ts';
import { measureCreate } from './measure-create.ts';
import { measureOthers } from './measure-others.ts';
import { measureRepair } from './measure-repair.ts';
import { measureRest } from './measure-rest.ts';
import { measureStart } from './measure-start.ts';
import { measureSteps } from './measure-steps.ts';
import type { SwitchPlan } from './options.ts';
import type { Figures } from './results.ts';
import type { Scope } from './scopes.ts';
import type { BenchBus } from './stage.ts';

/** Figures as they come in. */
export type Draft = { -readonly [Key in keyof Figures]: Figures[Key] };

interface Measure {
  /** What is measured, for the progress. */
  readonly text: string;
  readonly into: (draft: Draft, host: BenchSwitch, bus: BenchBus, scope: Scope) => Promise<void>;
}

/** The parts that need a switch. */
export const measures: Readonly<Record<SwitchPlan['parts'][number], Measure>> = {
  create: {
    text: 'creates and deletes',
    into: async (draft, host, bus, { create }) => {
      draft.create = [...draft.create, await measureCreate(host, bus, create)];
    },
  },
  steps: {
    text: 'the steps of a create',
    into: async (draft, host, bus, { steps }) => {
      draft.steps = await measureSteps(host, bus, steps);
    },
  },
  start: {
    text: 'starts with taps in the journal',
    into: async (draft, host, bus, { start }) => {
      draft.start = await measureStart(host, bus, start);
    },
  },
  rest: {
    text: 'memory and processor at rest',
    into: async (draft, host, bus, { rest }) => {
      draft.rest = await measureRest(host, bus, rest);
    },
  },
  others: {
    text: 'messages for other hosts',
    into: async (draft, host, bus, { others }) => {
      draft.others = await measureOthers(host, bus, others);
    },
  },
  repair: {
    text: 'repair',
    into: async (draft, host, bus, { repair }) => {
      draft.repair = await measureRepair(host, bus, repair);
    },
  },
};
