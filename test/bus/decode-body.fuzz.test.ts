import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tapEvents } from '../../src/bus/bus.ts';
import { decodeBody } from '../../src/bus/decode-body.ts';
import { enveloped, fixtures, type Loose } from './neutron-rpc.ts';

const RUNS = 10_000;

const messages = fixtures.map((line) => JSON.parse(line.body['oslo.message']));

/** Every path to a value in a message. */
function paths(value: Loose, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]];
  return [[...at], ...Object.keys(value).flatMap((key) => paths(value[key], [...at, key]))];
}

function replaced(message: Loose, path: readonly string[], value: unknown): Loose {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy = Array.isArray(message) ? [...message] : { ...message };
  copy[key] = replaced(copy[key], rest, value);
  return copy;
}

const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.uuid(),
  fc.constantFrom(undefined, '', null, 0, 4095, 70_000, '7', 'both', 'direct', '00:00:00:00:00:00', '1-4096', '5-1'),
);

const mutated = fc.constantFrom(...messages).chain((message) =>
  fc
    .array(fc.tuple(fc.constantFrom(...paths(message)), oddValue), { maxLength: 4 })
    // A later path may lead through what an earlier one replaced.
    .map((changes) =>
      changes.reduce((m: Loose, [path, value]) => (reaches(m, path) ? replaced(m, path, value) : m), message),
    ),
);

function reaches(message: Loose, path: readonly string[]): boolean {
  return path.every((_, index) => {
    const parent = path.slice(0, index).reduce((at: Loose, key) => at?.[key], message);
    return typeof parent === 'object' && parent !== null;
  });
}

const cut = fc
  .tuple(fc.constantFrom(...fixtures), fc.nat(), fc.uint8Array({ maxLength: 8 }))
  .map(([{ body }, at, noise]) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const from = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, from), noise, bytes.subarray(from + noise.length)]);
  });

const body = fc.oneof(
  { weight: 6, arbitrary: mutated.map((message) => Buffer.from(enveloped(message))) },
  { weight: 2, arbitrary: mutated.map((message) => Buffer.from(JSON.stringify(message) ?? '')) },
  { weight: 2, arbitrary: cut },
  { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);

test(`${RUNS} odd messages: never a throw, always an event that holds its promises or a reason in one line`, () => {
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(body, (bytes) => {
      const { outcome } = decodeBody(bytes, tapEvents);
      kinds.set(outcome.kind, (kinds.get(outcome.kind) ?? 0) + 1);
      if (outcome.kind !== 'event') {
        expect(outcome.reason).toMatch(/^[^\n]{1,400}$/);
        return;
      }
      const { event } = outcome;
      expect(event.host === null || event.host.length > 0).toBe(true);
      if (event.kind === 'create_tap_service') {
        expect(event.tapService.taasId).toBeGreaterThanOrEqual(1);
        expect(event.tapService.taasId).toBeLessThanOrEqual(4094);
        expect(event.tapService.portId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      }
      if (event.kind === 'create_tap_flow') {
        expect(['IN', 'OUT', 'BOTH']).toContain(event.tapFlow.direction);
        expect(event.tapFlow.sourceMac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
      }
    }),
    { numRuns: RUNS },
  );
  // The generator is worth something only when it reaches every outcome.
  for (const kind of ['event', 'ignored', 'rejected']) expect(kinds.get(kind) ?? 0).toBeGreaterThan(5);
});
