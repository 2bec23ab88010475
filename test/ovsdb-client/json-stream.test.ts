import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/ovsdb-client/json.ts';
import { JsonStream } from '../../src/ovsdb-client/json-stream.ts';
import { OvsdbError } from '../../src/ovsdb-client/ovsdb-error.ts';
import { cases } from '../support/times.ts';

const encode = (text: string) => new TextEncoder().encode(text);

/** The bytes cut at the given places, which may be anywhere and coincide. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof OvsdbError) return error.code;
    throw error;
  }
  return 'none';
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes, of objects and of buffers. */
function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const text = fc.string({ unit: 'binary' });
const anyObject = fc.dictionary(text, fc.jsonValue({ stringUnit: 'binary' })) as fc.Arbitrary<JsonObject>;
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

describe('JsonStream', () => {
  test('gives back the objects that were written, however the bytes are cut', () => {
    const written = fc.array(fc.tuple(anyObject, space, fc.constantFrom(undefined, 2)), { maxLength: 6 });
    fc.assert(
      fc.property(written, fc.array(fc.nat(10_000)), (parts, places) => {
        const bytes = encode(
          parts.map(([object, blank, indent]) => blank + JSON.stringify(object, null, indent)).join(''),
        );
        const stream = new JsonStream(1 << 20);
        const read = cut(bytes, places).flatMap((chunk) => [...stream.push(chunk)]);
        expect(read).toEqual(parts.map(([object]) => JSON.parse(JSON.stringify(object))));
      }),
      { numRuns: cases(500) },
    );
  });

  test('characters of several bytes, quotes and braces in strings survive being cut everywhere', () => {
    const object = { 'a"}{\\': ['é€😀', '\\"', { ']': '[{"' }] };
    const bytes = encode(JSON.stringify(object));
    const stream = new JsonStream(1000);
    const read = [...bytes].flatMap((byte) => [...stream.push(Uint8Array.of(byte))]);
    expect(read).toEqual([object]);
  });

  test('a long message in many small chunks is read in linear time', () => {
    const object = { x: 'y'.repeat(8 << 20) };
    const bytes = encode(JSON.stringify(object));
    const stream = new JsonStream(16 << 20);
    const read: JsonObject[] = [];
    // Looking at all bytes again for each of these chunks would be 500 GB: hours, not a second.
    for (let at = 0; at < bytes.length; at += 64) read.push(...stream.push(bytes.subarray(at, at + 64)));
    expect(read.length).toBe(1);
    expect(read[0]).toEqual(object);
  });

  test('the size limit holds for one object, complete or not, and not for their sum', () => {
    const fits = encode(JSON.stringify({ x: 'x'.repeat(92) }));
    expect(fits.length).toBe(100);
    const stream = new JsonStream(100);
    for (let round = 0; round < 10; round += 1) expect(stream.push(fits).length).toBe(1);
    expect(codeOf(() => new JsonStream(99).push(fits))).toBe('protocol');
    const slow = new JsonStream(99);
    const push = () => [...fits.subarray(0, 99)].map((byte) => slow.push(Uint8Array.of(byte)));
    expect(codeOf(push)).toBe('none');
    expect(codeOf(() => slow.push(Uint8Array.of(0x20)))).toBe('protocol');
  });

  test('nesting has a limit', () => {
    const nested = (depth: number) => encode(`{"x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`);
    expect(new JsonStream(1000).push(nested(200))).toHaveLength(1);
    expect(codeOf(() => new JsonStream(1000).push(nested(201)))).toBe('protocol');
  });

  test.each([1, 1_000, 1 << 20])(
    'what waits for its rest takes at most twice the limit, in pieces of %i bytes',
    (size) => {
      const [limit, margin] = [4 << 20, 1 << 20];
      const before = memoryInUse();
      const stream = new JsonStream(limit);
      stream.push(encode('{"x":"'));
      const piece = Buffer.alloc(size, 'x');
      for (let sent = 6; sent + size <= limit; sent += size) stream.push(piece);
      expect(memoryInUse() - before).toBeLessThan(2 * limit + margin);
      expect(codeOf(() => stream.push(Buffer.alloc(2 * size + 6, 'x')))).toBe('protocol');
    },
  );

  test.each(['x', '1', '"text"', '[]', '{]', '{"a":1}}', '{"a":01}', '{a:1}', '}'])('refuses %s', (bad) => {
    expect(codeOf(() => new JsonStream(1000).push(encode(bad)))).toBe('protocol');
  });

  test('refuses bytes that are not UTF-8', () => {
    const bytes = Uint8Array.of(...encode('{"a":"'), 0xc3, 0x28, ...encode('"}'));
    expect(codeOf(() => new JsonStream(1000).push(bytes))).toBe('protocol');
  });
});
