import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assignMirrors,
  MIRRORS_PER_BRIDGE,
  type MirrorCandidate,
  mirrorBudget,
  overlap,
} from '../../src/compile/assign-mirrors.ts';
import type { PortVlans } from '../../src/compile/host-facts.ts';
import { access, trunk } from './builders.ts';

const vlans: fc.Arbitrary<PortVlans> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 6 }).map(access) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }).map((vid) => ({ kind: 'tunnel', vid }) as const) },
  { weight: 1, arbitrary: fc.constant(trunk()) },
);
const candidates = (previous: fc.Arbitrary<number | undefined>) =>
  fc
    .array(fc.record({ vlans, previous }), { maxLength: 40 })
    .map((list) => list.map((each, index): MirrorCandidate => ({ rowId: `row-${index}`, ...each })));
const fresh = candidates(fc.constant(undefined));
const settled = candidates(fc.option(fc.nat(20), { nil: undefined }));

/** The fewest mirrors that can serve the candidates: each trunk one, and one for each port of the fullest VLAN. */
function fewest(ports: readonly MirrorCandidate[]): number {
  const trunks = ports.filter((port) => port.vlans.kind === 'trunk').length;
  const counts = new Map<number, number>();
  for (const port of ports) {
    if (port.vlans.kind === 'access' || port.vlans.kind === 'tunnel') {
      counts.set(port.vlans.vid, (counts.get(port.vlans.vid) ?? 0) + 1);
    }
  }
  return trunks + Math.max(0, ...counts.values());
}

function conflicts(ports: readonly MirrorCandidate[], assigned: ReadonlyMap<string, number>): number {
  const pairs = ports.flatMap((a, index) => ports.slice(index + 1).map((b) => [a, b] as const));
  return pairs.filter(([a, b]) => assigned.get(a.rowId) === assigned.get(b.rowId) && overlap(a.vlans, b.vlans)).length;
}

describe('mirrors are given so that', () => {
  test('every port has one within the budget', () => {
    fc.assert(
      fc.property(settled, fc.integer({ min: 1, max: 20 }), (ports, budget) => {
        const assigned = assignMirrors(ports, budget);
        expect(assigned.size).toBe(ports.length);
        expect([...assigned.values()].every((mirror) => mirror >= 0 && mirror < budget)).toBe(true);
      }),
    );
  });

  test('no two ports of a mirror overlap, within the budget, and a fresh start uses the fewest mirrors', () => {
    fc.assert(
      fc.property(fresh, (ports) => {
        const budget = Math.max(1, fewest(ports));
        const assigned = assignMirrors(ports, budget);
        expect(conflicts(ports, assigned)).toBe(0);
        expect(new Set(assigned.values()).size).toBe(fewest(ports));
      }),
    );
  });

  test('wherever ports were before, none overlap while there is room for all', () => {
    fc.assert(
      fc.property(settled, (ports) => {
        expect(conflicts(ports, assignMirrors(ports, Math.max(1, ports.length)))).toBe(0);
      }),
    );
  });

  test('a port keeps its mirror: when nothing changed, and when others come or go', () => {
    fc.assert(
      fc.property(fresh, fc.integer({ min: 1, max: 20 }), fc.infiniteStream(fc.boolean()), (ports, budget, stays) => {
        const before = assignMirrors(ports, budget);
        const now = ports.map((port) => ({ ...port, previous: before.get(port.rowId) }));
        expect(assignMirrors(now, budget)).toEqual(before);
        if (conflicts(ports, before) > 0) return;
        const rest = now.filter(() => stays.next().value);
        const newcomer: MirrorCandidate = { rowId: 'new', vlans: access(1), previous: undefined };
        const after = assignMirrors([...rest, newcomer], budget);
        for (const { rowId } of rest) expect(after.get(rowId)).toBe(before.get(rowId));
      }),
    );
  });

  test('an empty budget places nobody', () => {
    expect(assignMirrors([{ rowId: 'a', vlans: access(1), previous: 3 }], 0).size).toBe(0);
  });
});

describe('the budget', () => {
  test.each([
    [14, 14, 0, 14, 14],
    [14, 14, 4, 14, 14],
    [14, 14, 5, 14, 13],
    [14, 14, 10, 11, 11],
    [20, 4, 12, 16, 4],
    [4, 20, 12, 4, 16],
    [14, 14, 32, 0, 0],
    [14, 14, 40, 0, 0],
  ])('%i IN and %i OUT beside %i of others', (maxIn, maxOut, foreign, leftIn, leftOut) => {
    expect(mirrorBudget({ maxIn, maxOut }, foreign)).toEqual({ maxIn: leftIn, maxOut: leftOut });
  });

  test('never more than the bridge has, never below zero, never more than asked', () => {
    const size = fc.integer({ min: 1, max: 31 });
    fc.assert(
      fc.property(size, size, fc.nat(40), (maxIn, maxOut, foreign) => {
        const left = mirrorBudget({ maxIn, maxOut }, foreign);
        const room = Math.max(0, MIRRORS_PER_BRIDGE - foreign);
        expect(left.maxIn + left.maxOut).toBe(Math.min(maxIn + maxOut, room));
        expect(Math.min(left.maxIn, left.maxOut)).toBeGreaterThanOrEqual(0);
        expect(left.maxIn <= maxIn && left.maxOut <= maxOut).toBe(true);
      }),
    );
  });
});
