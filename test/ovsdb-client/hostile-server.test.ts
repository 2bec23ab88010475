import { afterEach, describe, expect, test } from 'vitest';
import { set, string } from '../../src/ovsdb-client/column-type.ts';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import type { OvsdbError } from '../../src/ovsdb-client/ovsdb-error.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeMethod, type FakeServer, startFakeServer } from './fake-server.ts';

const tables = { Thing: { name: string, tags: set(string) } };
const MAX_BYTES = 200_000;

let server: FakeServer;
let client: OvsdbClient<typeof tables>;
let errors: OvsdbError[];

async function begin(methods: Readonly<Record<string, FakeMethod>> = {}): Promise<void> {
  server = await startFakeServer(methods);
  errors = [];
  client = new OvsdbClient({
    remote: server.remote,
    database: 'Test',
    tables,
    backoff: { initial: 5, max: 20 },
    maxMessageBytes: MAX_BYTES,
    trace: (event) => {
      if (event.kind === 'lost') errors.push(event.error);
    },
  });
  client.start();
}
afterEach(async () => {
  await client.close();
  await server.close();
});

/** Does it on the first connection only; answers the error that ended that, when the next one is as good as new. */
async function endOfFirst(): Promise<OvsdbError | undefined> {
  await eventually(() => errors.length > 0, { what: 'the end of the connection' });
  await client.ready();
  expect(errors).toHaveLength(1);
  return errors[0];
}

describe('a server that goes on without an end', () => {
  test.each([
    ['a string', '{"x":"', 'x'.repeat(10_000)],
    ['a list', '{"x":[', '[],'.repeat(10_000)],
    ['an object', '{', '"x":{},'.repeat(10_000)],
    ['a number', '{"x":', '1'.repeat(10_000)],
  ])('with %s is left at the limit', async (_, first, more) => {
    await begin();
    await client.ready();
    server.connections[0]?.raw(first);
    server.connections[0]?.floodDeaf(more);
    expect(await endOfFirst()).toMatchObject({
      code: 'protocol',
      message: `received a message of more than ${MAX_BYTES} bytes`,
    });
  });

  test.each(['[', '{"x":'])('nested deeper and deeper by %s is left', async (level) => {
    await begin();
    await client.ready();
    server.connections[0]?.raw('{"x":');
    server.connections[0]?.floodDeaf(level);
    expect(await endOfFirst()).toMatchObject({
      code: 'protocol',
      message: 'received a message nested deeper than 200 levels',
    });
  });

  test('with questions whose answers it does not take is left', async () => {
    await begin();
    await client.ready();
    server.connections[0]?.floodDeaf(JSON.stringify({ method: 'echo', params: ['x'.repeat(5_000)], id: 'e' }));
    expect(await endOfFirst()).toMatchObject({
      code: 'protocol',
      message: 'the server asks without taking the answers',
    });
  });

  test('with updates instead of the reply to the monitor is left', async () => {
    const rows = { '11111111-1111-4111-8111-111111111111': { insert: { name: 'x'.repeat(1_000) } } };
    const update = { id: null, method: 'update3', params: [['monitor', 'Test'], 'z', { Thing: rows }] };
    let asked = 0;
    await begin({
      monitor_cond_since: (_request, connection) => {
        asked += 1;
        if (asked > 1) return { result: [false, '00000000-0000-0000-0000-000000000000', {}] };
        connection.floodDeaf(JSON.stringify(update));
        return undefined;
      },
    });
    expect(await endOfFirst()).toMatchObject({
      code: 'protocol',
      message: 'the server sends updates without end before it replies to the monitor',
    });
  });
});
