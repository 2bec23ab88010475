import fc from 'fast-check';
import { expect, test } from 'vitest';
import { capturePlace, cookieOf, isOurs, policyKey, readCookie, type Stage } from '../../src/compile/cookie.ts';
import { MAX_NUMBER } from '../../src/tap/take-events.ts';

const stages: readonly Stage[] = ['drop', 'capture', 'policy', 'deliver', 'service'];

test('a cookie is read back as it was made', () => {
  fc.assert(
    fc.property(fc.constantFrom(...stages), fc.nat(2 ** 28 - 1), (stage, value) => {
      expect(readCookie(cookieOf(stage, value))).toEqual({ stage, value });
    }),
  );
});

test('the highest number of a tap still fits', () => {
  const key = policyKey(MAX_NUMBER, 'OUT');
  expect(readCookie(cookieOf('policy', key))).toEqual({ stage: 'policy', value: key });
});

test('places differ in direction, mirror and VLAN', () => {
  const places = (['IN', 'OUT'] as const).flatMap((way) =>
    [0, 1, 31].flatMap((mirror) => [0, 1, 4095].map((vid) => capturePlace(way, mirror, vid))),
  );
  expect(new Set(places).size).toBe(places.length);
});

test('cookies of others are not ours', () => {
  expect([0n, 0x7461617400000000n, 0xffffffffffffffffn].some(isOurs)).toBe(false);
  expect(readCookie(0n)).toBeUndefined();
  expect(readCookie(0x74616173f0000000n)).toBeUndefined();
});
