import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignCarriers } from '../../src/compile/assign-carriers.ts';

const vid = fc.integer({ min: 1, max: 12 });
const services = fc.uniqueArray(fc.record({ number: fc.integer({ min: 1, max: 8 }), taasId: vid }), {
  selector: ({ number }) => number,
});
const locals = fc.array(vid).map((vids) => new Set(vids));
const holders = fc.array(fc.tuple(vid, fc.integer({ min: 1, max: 12 }))).map((pairs) => new Map(pairs));

test('no carrier is a local VLAN, held by another service, or given twice; each service has one', () => {
  fc.assert(
    fc.property(services, locals, holders, (candidates, localVlans, held) => {
      const carriers = assignCarriers(candidates, localVlans, held);
      expect(carriers.size).toBe(candidates.length);
      expect(new Set(carriers.values()).size).toBe(candidates.length);
      for (const [number, carrier] of carriers) {
        expect(localVlans.has(carrier)).toBe(false);
        expect(held.get(carrier) ?? number).toBe(number);
        expect(carrier).toBeGreaterThan(0);
        expect(carrier).toBeLessThan(4095);
      }
    }),
  );
});

test('what was given is kept', () => {
  fc.assert(
    fc.property(services, locals, (candidates, localVlans) => {
      const first = assignCarriers(candidates, localVlans, new Map());
      const held = new Map([...first].map(([number, carrier]) => [carrier, number]));
      const again = assignCarriers([...candidates].reverse(), localVlans, held);
      expect(new Map([...again].sort())).toEqual(new Map([...first].sort()));
    }),
  );
});

test('with no VLAN left a service has none', () => {
  const all = new Set(Array.from({ length: 4094 }, (_, index) => index + 1));
  expect(assignCarriers([{ number: 1, taasId: 7 }], all, new Map()).size).toBe(0);
});
