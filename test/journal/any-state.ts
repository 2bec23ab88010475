import fc from 'fast-check';
import type { DesiredState, Held, HeldTapService } from '../../src/tap/desired-state.ts';
import type { StatusReport } from '../../src/tap/event.ts';
import type { TapFlow, TapService } from '../../src/tap/tap.ts';

const vlanRange = fc.record({ first: fc.nat(4095), last: fc.nat(4095) });
const tapService: fc.Arbitrary<TapService> = fc.record({
  id: fc.uuid(),
  taasId: fc.integer({ min: 1, max: 4094 }),
  portId: fc.uuid(),
});
const tapFlow: fc.Arbitrary<TapFlow> = fc.record({
  id: fc.uuid(),
  tapServiceId: fc.uuid(),
  sourcePortId: fc.uuid(),
  sourceMac: fc.string(),
  direction: fc.constantFrom('IN', 'OUT', 'BOTH'),
  vlanFilter: fc.option(fc.array(vlanRange, { maxLength: 3 })),
});
const report: fc.Arbitrary<StatusReport> = fc.record({
  kind: fc.constantFrom('tap_service', 'tap_flow'),
  id: fc.uuid(),
  status: fc.constantFrom('ACTIVE', 'ERROR', 'INACTIVE'),
});

function held<Tap>(tap: fc.Arbitrary<Tap>): fc.Arbitrary<Held<Tap>> {
  return fc.record({
    tap,
    number: fc.nat(),
    host: fc.option(fc.string({ unit: 'binary' })),
    confirmed: fc.boolean(),
    reportDue: fc.boolean(),
  });
}

const heldService: fc.Arbitrary<HeldTapService> = fc
  .tuple(held(tapService), fc.option(fc.ipV4()))
  .map(([each, tunnelAddress]) => ({ ...each, tunnelAddress }));

const byId = <HeldTap extends Held<{ readonly id: string }>>(taps: readonly HeldTap[]) =>
  new Map(taps.map((each) => [each.tap.id, each]));

/** Any state that can be written down; more than the agent ever comes to. */
export const anyState: fc.Arbitrary<DesiredState> = fc.record({
  tapServices: fc.array(heldService).map(byId),
  tapFlows: fc.array(held(tapFlow)).map(byId),
  lastNumber: fc.nat(),
  deleted: fc.array(fc.uuid()),
  departing: fc.array(report),
  reports: fc.array(report),
});
