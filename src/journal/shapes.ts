import { z } from 'zod';

const held = { number: z.int(), host: z.string().nullable(), confirmed: z.boolean(), reportDue: z.boolean() };
const tapServices = z.array(
  z.strictObject({
    ...held,
    // Journals of before sensors could be on other hosts do not have it.
    tunnelAddress: z.string().nullable().default(null),
    tap: z.strictObject({ id: z.string(), taasId: z.int(), portId: z.string() }),
  }),
);
const tapFlows = z.array(
  z.strictObject({
    ...held,
    tap: z.strictObject({
      id: z.string(),
      tapServiceId: z.string(),
      sourcePortId: z.string(),
      sourceMac: z.string(),
      direction: z.enum(['IN', 'OUT', 'BOTH']),
      vlanFilter: z.array(z.strictObject({ first: z.int(), last: z.int() })).nullable(),
    }),
  }),
);
const report = z.strictObject({
  kind: z.enum(['tap_service', 'tap_flow']),
  id: z.string(),
  status: z.enum(['ACTIVE', 'ERROR', 'INACTIVE']),
});
const taps = <Set extends z.ZodType>(set: Set) => z.strictObject({ removed: z.array(z.string()), set }).optional();
const list = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ dropped: z.array(z.int()), added: z.array(item) }).optional();

/** The parts of a DesiredState as JSON: its maps are lists of their values. */
export const stateParts = {
  tapServices,
  tapFlows,
  lastNumber: z.int(),
  deleted: z.array(z.string()),
  departing: z.array(report),
  reports: z.array(report),
};

/** A StateDelta as JSON, where it is what it is in memory. */
export const deltaShape = z.strictObject({
  tapServices: taps(tapServices),
  tapFlows: taps(tapFlows),
  lastNumber: z.int().optional(),
  deleted: list(z.string()),
  departing: list(report),
  reports: list(report),
});
