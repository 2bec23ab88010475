import { z } from 'zod';
import type { DesiredState } from '../tap/desired-state.ts';
import type { StateDelta } from '../tap/state-delta.ts';
import { deltaShape, stateParts } from './shapes.ts';
import { partsOf, stateOf } from './state-json.ts';

/** What a record says, as JSON: the whole state in the first one of a file, one delta in each that follows. */
export const snapshotPayload = (state: DesiredState): Buffer => Buffer.from(JSON.stringify(partsOf(state)));
export const deltaPayload = (delta: StateDelta): Buffer => Buffer.from(JSON.stringify(delta));

const snapshotShape = z.strictObject(stateParts);

/** @throws SyntaxError or ZodError */
export function readSnapshot(payload: Buffer): DesiredState {
  return stateOf(snapshotShape.parse(JSON.parse(payload.toString('utf8'))));
}

/** @throws SyntaxError or ZodError */
export function readDelta(payload: Buffer): StateDelta {
  return deltaShape.parse(JSON.parse(payload.toString('utf8')));
}
