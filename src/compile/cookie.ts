import type { OneWay } from '../tap/tap.ts';

/**
 * Every flow of ours has a cookie `0x74616173` ("taas") `SNNNNNNN`: S the stage, N what the flow stands for. We only ever
 * change flows whose upper half is that prefix.
 */
export const COOKIE_PREFIX = 0x74616173n << 32n;
export const COOKIE_MASK = 0xffffffffn << 32n;

const STAGES = ['drop', 'capture', 'policy', 'deliver', 'service', 'arrive', 'send', 'receive', 'learnt'] as const;
export type Stage = (typeof STAGES)[number];

const VALUE_BITS = 28n;
/** All bits of a cookie but those of its value. */
export const STAGE_MASK = ((1n << 64n) - 1n) ^ ((1n << VALUE_BITS) - 1n);

/** `value` is 28 bits wide: see capturePlace, policyKey, and the number of a tap service. */
export function cookieOf(stage: Stage, value: number): bigint {
  return COOKIE_PREFIX | (BigInt(STAGES.indexOf(stage)) << VALUE_BITS) | BigInt(value);
}

export function isOurs(cookie: bigint): boolean {
  return (cookie & COOKIE_MASK) === COOKIE_PREFIX;
}

/** The inverse of cookieOf; undefined for a cookie that is not ours or of no stage that we know. */
export function readCookie(cookie: bigint): { readonly stage: Stage; readonly value: number } | undefined {
  const stage = STAGES[Number((cookie >> VALUE_BITS) & 0xfn)];
  if (!isOurs(cookie) || stage === undefined) return undefined;
  return { stage, value: Number(cookie & ((1n << VALUE_BITS) - 1n)) };
}

/** One direction of one tap flow: the value of reg0 on br-tap, and of its policy flows' cookies. */
export function policyKey(number: number, way: OneWay): number {
  return number * 2 + (way === 'OUT' ? 1 : 0);
}

/** Where a frame was captured: direction, mirror, VLAN id. */
export function capturePlace(way: OneWay, mirror: number, vid: number): number {
  return ((way === 'OUT' ? 1 : 0) << 17) | (mirror << 12) | vid;
}
