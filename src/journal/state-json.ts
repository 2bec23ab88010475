import type { z } from 'zod';
import type { DesiredState } from '../tap/desired-state.ts';
import type { stateParts } from './shapes.ts';

type Parts = z.infer<z.ZodObject<typeof stateParts>>;

/** The state in the shape of `stateParts`, which JSON can express. */
export function partsOf({ tapServices, tapFlows, ...rest }: DesiredState): Record<keyof Parts, unknown> {
  return { tapServices: [...tapServices.values()], tapFlows: [...tapFlows.values()], ...rest };
}

/** The inverse of partsOf. */
export function stateOf({ tapServices, tapFlows, lastNumber, deleted, departing, reports }: Parts): DesiredState {
  return {
    tapServices: new Map(tapServices.map((entry) => [entry.tap.id, entry])),
    tapFlows: new Map(tapFlows.map((entry) => [entry.tap.id, entry])),
    lastNumber,
    deleted,
    departing,
    reports,
  };
}
