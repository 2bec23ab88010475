import fc from 'fast-check';
import { expect, test } from 'vitest';
import { set, string } from '../../src/ovsdb-client/column-type.ts';
import type { Json, JsonObject } from '../../src/ovsdb-client/json.ts';
import { JsonStream } from '../../src/ovsdb-client/json-stream.ts';
import { operationsFor } from '../../src/ovsdb-client/operations-for.ts';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import { OvsdbError } from '../../src/ovsdb-client/ovsdb-error.ts';
import type { TraceEvent } from '../../src/ovsdb-client/trace-event.ts';
import { fuzzed } from '../chaos/fuzzed.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeMethod, fakeSchema, startFakeServer } from './fake-server.ts';

const tables = { Thing: { name: string, tags: set(string) } };
const operations = operationsFor(tables);
const ZERO = '00000000-0000-0000-0000-000000000000';
const ROW = '11111111-1111-4111-8111-111111111111';

function overwritten(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
  return copy;
}

test('random bytes, and JSON that was changed, cut or repeated: objects or an OvsdbError, however they are chunked', () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1tn'), maxLength: 40 }).map((each) => Buffer.from(each)),
    fc.json().map((each) => Buffer.from(`{"x":${each}}`)),
  );
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  const chunks = fc.array(fc.tuple(text, fc.array(change, { maxLength: 2 })), { maxLength: 6 });
  const changed = chunks.map((each) => each.map(([bytes, changes]) => overwritten(bytes, changes)));
  return fuzzed('OVSDB: random bytes and spoilt JSON', 5_000, (options) => {
    const property = fc.property(changed, (sent) => {
      const stream = new JsonStream(500);
      try {
        for (const bytes of sent) for (const each of stream.push(bytes)) expect(typeof each).toBe('object');
      } catch (error) {
        expect(error).toMatchObject({ name: 'OvsdbError', code: 'protocol' });
      }
    });
    fc.assert(property, options);
  });
});

/** What a true server answers. */
const truth: Readonly<Record<string, JsonObject>> = {
  get_schema: { result: fakeSchema },
  monitor_cond_since: { result: [false, ZERO, { Thing: { [ROW]: { initial: { name: 'a', tags: ['set', []] } } } }] },
  transact: { result: [{ uuid: ['uuid', ROW] }] },
  lock: { result: { locked: true } },
};

const anyJson = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const words = fc.constantFrom(
  'result',
  'error',
  'method',
  'params',
  'id',
  'update3',
  'Thing',
  'set',
  'map',
  'uuid',
  ROW,
);
const odd = fc.oneof(
  anyJson,
  words,
  fc.constantFrom<Json>(null, [], {}, -1, 1e308, 'initial', ['set', [1]], ['uuid', 'x']),
);

/** Replaces something in a value, somewhere. */
function spoilt(value: Json, path: readonly number[], by: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined || value === null || typeof value !== 'object') return by;
  if (Array.isArray(value))
    return value.map((each, index) => (index === step % value.length ? spoilt(each, rest, by) : each));
  const keys = Object.keys(value);
  const chosen = keys[step % Math.max(1, keys.length)];
  const entries = Object.entries(value).map(([key, each]) => [key, key === chosen ? spoilt(each, rest, by) : each]);
  return Object.fromEntries(entries) as JsonObject;
}

type Nonsense = (id: Json, method: string) => Uint8Array;
const anyNonsense: fc.Arbitrary<Nonsense> = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => () => bytes),
  anyJson.map((result) => (id: Json) => Buffer.from(JSON.stringify({ id, result, error: null }))),
  anyJson.map((error) => (id: Json) => Buffer.from(JSON.stringify({ id, result: null, error }))),
  fc.tuple(fc.array(fc.nat(5), { maxLength: 7 }), odd).map(
    ([path, by]) =>
      (id: Json, method: string) =>
        Buffer.from(JSON.stringify(spoilt({ id, error: null, ...truth[method] }, path, by))),
  ),
  fc
    .tuple(
      fc.constantFrom('update', 'update2', 'update3', 'locked', 'stolen', 'echo', 'x'),
      fc.array(odd, { maxLength: 3 }),
    )
    .map(
      ([method, params]) =>
        () =>
          Buffer.from(JSON.stringify({ id: null, method, params })),
    ),
);

/** The first time that something is asked for, nonsense is the answer, and the end of the connection follows. */
async function survives(question: string, nonsense: Nonsense): Promise<void> {
  let asked = 0;
  const answer =
    (method: string): FakeMethod =>
    ({ id }, connection) => {
      if (method !== question) return truth[method];
      asked += 1;
      if (asked > 1) return truth[method];
      connection.raw(nonsense(id, method));
      setImmediate(connection.end);
      return undefined;
    };
  const server = await startFakeServer(
    Object.fromEntries(Object.keys(truth).map((method) => [method, answer(method)])),
  );
  const events: TraceEvent[] = [];
  const backoff = { initial: 1, max: 2 };
  const trace = (event: TraceEvent) => void events.push(event);
  const client = new OvsdbClient({ remote: server.remote, database: 'Test', tables, backoff, trace });
  client.start();
  try {
    const use = async () => {
      await client.ready();
      await client.lock('taas');
      return await client.transact([operations.insert('Thing', { name: 'b' })]);
    };
    await use().catch((error: unknown) => expect(error).toBeInstanceOf(OvsdbError));
    await eventually(() => server.connections.length > 1, { what: 'another connection', intervalMs: 1 });
    expect(await use()).toEqual([{ uuid: ROW }]);
    expect([...client.replica.table('Thing').keys()]).toEqual([ROW]);
    expect(events.filter(({ kind }) => kind === 'listener-failed')).toEqual([]);
  } finally {
    await client.close();
    await server.close();
  }
}

test('whatever a server answers, the connection ends with an error of its own, and the next one is as good as new', () =>
  fuzzed('OVSDB: nonsense instead of any answer, on a socket', 300, async (options) => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...Object.keys(truth)), anyNonsense, survives), options);
  }));
