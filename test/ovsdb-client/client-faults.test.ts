import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { set, string } from '../../src/ovsdb-client/column-type.ts';
import type { Json } from '../../src/ovsdb-client/json.ts';
import { operationsFor } from '../../src/ovsdb-client/operations-for.ts';
import { OvsdbClient, type OvsdbClientOptions } from '../../src/ovsdb-client/ovsdb-client.ts';
import { OvsdbError } from '../../src/ovsdb-client/ovsdb-error.ts';
import type { TraceEvent } from '../../src/ovsdb-client/trace-event.ts';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';
import { type FakeMethod, type FakeServer, startFakeServer } from './fake-server.ts';

const tables = { Thing: { name: string, tags: set(string) } };
const operations = operationsFor(tables);
const ZERO = '00000000-0000-0000-0000-000000000000';
const FIRST = '11111111-1111-4111-8111-111111111111';
const SECOND = '22222222-2222-4222-8222-222222222222';

type Client = OvsdbClient<typeof tables>;
interface Watched {
  readonly client: Client;
  readonly events: readonly TraceEvent[];
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function addServer(methods?: Readonly<Record<string, FakeMethod>>): Promise<FakeServer> {
  const server = await startFakeServer(methods);
  cleanups.push(server.close);
  return server;
}

function addClient(remote: string, options: Partial<OvsdbClientOptions<typeof tables>> = {}): Watched {
  const events: TraceEvent[] = [];
  const backoff = { initial: 5, max: 20 };
  const trace = (event: TraceEvent) => void events.push(event);
  const client = new OvsdbClient({ remote, database: 'Test', tables, backoff, trace, ...options });
  cleanups.push(() => client.close());
  client.start();
  return { client, events };
}

const errors = (events: readonly TraceEvent[]) =>
  events.flatMap((event) => (event.kind === 'lost' ? [event.error] : []));

async function caught(promise: Promise<unknown>): Promise<OvsdbError> {
  const failure: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof OvsdbError)) throw new Error('expected an OvsdbError', { cause: failure });
  return failure;
}

const update3 = (last: string, rows: Json) => ({
  id: null,
  method: 'update3',
  params: [['monitor', 'Test'], last, { Thing: rows }],
});
const names = (client: Client) => [...client.replica.table('Thing').values()].map(({ name }) => name);

describe('the monitor', () => {
  test('updates that arrive before and together with its reply are applied after it', async () => {
    const server = await addServer({
      monitor_cond_since: ({ id }, connection) => {
        connection.sendTogether(
          update3(FIRST, { [SECOND]: { insert: { name: 'early' } } }),
          { id, error: null, result: [false, ZERO, { Thing: { [FIRST]: { initial: { name: 'initial' } } } }] },
          update3(FIRST, { [FIRST]: { modify: { tags: 'late' } } }),
        );
        return undefined;
      },
    });
    const { client } = addClient(server.remote);
    const kinds: string[] = [];
    client.onChange(({ kind, rows }) => kinds.push(`${kind} ${rows.length}`));
    await client.ready();
    expect(kinds).toEqual(['synchronised 1', 'updated 1', 'updated 1']);
    expect(client.replica.table('Thing').get(FIRST)).toEqual({ name: 'initial', tags: new Set(['late']) });
    expect(names(client)).toEqual(['initial', 'early']);
  });

  test('an update that cannot be applied is not applied in part; the replica is fetched anew, from scratch', async () => {
    const since: Json[] = [];
    const server = await addServer({
      monitor_cond_since: ({ params }) => {
        since.push(Array.isArray(params) ? params[3] : null);
        return { result: [false, FIRST, { Thing: { [FIRST]: { initial: { name: `round ${since.length}` } } } }] };
      },
    });
    const { client, events } = addClient(server.remote);
    await client.ready();
    const seen: string[][] = [];
    client.onChange(() => seen.push(names(client)));
    const faulty = { [FIRST]: { modify: { name: 'half' } }, [SECOND]: { modify: { name: 'of no row' } } };
    server.connections[0]?.send(update3(SECOND, faulty));
    await eventually(() => errors(events).length > 0);
    await client.ready();
    expect(errors(events).map(({ code }) => code)).toEqual(['protocol']);
    expect(seen).toEqual([['round 2']]);
    expect(since).toEqual([ZERO, ZERO]);
  });

  test('the last transaction is what a reconnect resumes from', async () => {
    const since: Json[] = [];
    const server = await addServer({
      monitor_cond_since: ({ params }) => {
        since.push(Array.isArray(params) ? params[3] : null);
        if (since.length > 1) return { result: [true, SECOND, { Thing: { [FIRST]: { modify: { tags: 'b' } } } }] };
        return { result: [false, ZERO, { Thing: { [FIRST]: { initial: { name: 'kept', tags: 'a' } } } }] };
      },
    });
    const { client, events } = addClient(server.remote);
    await client.ready();
    server.connections[0]?.sendTogether(update3(FIRST, {}), { id: 7, method: 'echo', params: [] });
    await eventually(() => server.received.some(({ id }) => id === 7));
    server.connections[0]?.end();
    await eventually(() => errors(events).length > 0);
    await client.ready();
    expect(since).toEqual([ZERO, FIRST]);
    expect(client.replica.table('Thing').get(FIRST)).toEqual({ name: 'kept', tags: new Set(['a', 'b']) });
  });

  test('a value that is not of the declared type ends the connection with an error that says so', async () => {
    const server = await addServer({
      monitor_cond_since: () => ({ result: [false, ZERO, { Thing: { [FIRST]: { initial: { name: 42 } } } }] }),
    });
    const { client, events } = addClient(server.remote);
    await eventually(() => errors(events).length >= 2);
    expect(errors(events)[0]).toMatchObject({ code: 'value', message: 'received 42 where the type is string' });
    expect(client.replica.table('Thing').size).toBe(0);
  });

  test('a server that knows none of the methods is reported', async () => {
    const unknown = () => ({ error: 'unknown method' });
    const server = await addServer({ monitor_cond_since: unknown });
    const { events } = addClient(server.remote);
    await eventually(() => errors(events).length > 0);
    const tried = events.flatMap((event) => (event.kind === 'monitor-fallback' ? [event.method] : []));
    expect(tried.slice(0, 3)).toEqual(['monitor_cond_since', 'monitor_cond', 'monitor']);
    expect(errors(events)[0]?.code).toBe('protocol');
  });
});

describe('the connection', () => {
  test.each([
    ['no JSON', 'HTTP/1.1 400 Bad Request\r\n'],
    ['broken JSON', '{"id": nul}'],
    ['neither request nor reply', '{"hello":1}'],
    ['an array', '[1]'],
  ])('%s from the server ends it, and the client comes back', async (_what, bytes) => {
    const server = await addServer();
    const { client, events } = addClient(server.remote);
    await client.ready();
    server.connections[0]?.raw(bytes);
    await eventually(() => errors(events).length > 0);
    await client.ready();
    expect(errors(events).map(({ code }) => code)).toEqual(['protocol']);
    expect(server.connections.length).toBe(2);
  });

  test('a message past the limit ends it', async () => {
    const server = await addServer();
    const { client, events } = addClient(server.remote, { maxMessageBytes: 1000 });
    await client.ready();
    server.connections[0]?.raw(`{"x":"${'x'.repeat(1000)}`);
    await eventually(() => errors(events).length > 0);
    expect(errors(events)[0]?.message).toContain('more than 1000 bytes');
  });

  test('echo is answered with its parameters, other requests are refused', async () => {
    const server = await addServer();
    const { client } = addClient(server.remote);
    await client.ready();
    server.connections[0]?.send({ id: 'e1', method: 'echo', params: ['a', 1] });
    server.connections[0]?.send({ id: 'e2', method: 'dance', params: [] });
    const reply = (id: string) => eventually(() => server.received.find((message) => message['id'] === id));
    expect(await reply('e1')).toEqual({ id: 'e1', result: ['a', 1], error: null });
    expect(await reply('e2')).toEqual({ id: 'e2', result: null, error: 'unknown method' });
  });

  test('a silent server is probed, and given up when it does not answer', async () => {
    const server = await addServer({ echo: () => undefined });
    const { client, events } = addClient(server.remote, { probeInterval: 20 });
    await client.ready();
    await eventually(() => errors(events).length > 0);
    expect(errors(events)[0]).toMatchObject({ code: 'disconnected', message: expect.stringContaining('probe') });
    expect(server.received.some(({ method }) => method === 'echo')).toBe(true);
  });

  test('a silent server that answers its probes is kept', async () => {
    const server = await addServer();
    // Both are this process, which a busy machine may stop for a while.
    const { client, events } = addClient(server.remote, { probeInterval: 1000 });
    await client.ready();
    await eventually(() => server.received.filter(({ method }) => method === 'echo').length >= 2);
    expect(errors(events)).toEqual([]);
  });

  test('requests in flight are rejected when it is lost, and those after it at once', async () => {
    const server = await addServer({ transact: (_request, connection) => void connection.end() });
    const { client } = addClient(server.remote, { backoff: { initial: 3_600_000, max: 3_600_000 } });
    await client.ready();
    const both = [client.transact([operations.comment('a')]), client.transact([operations.comment('b')])];
    expect(await Promise.all(both.map(async (one) => (await caught(one)).code))).toEqual([
      'disconnected',
      'disconnected',
    ]);
    expect((await caught(client.transact([operations.comment('c')]))).code).toBe('disconnected');
    expect(client.state.kind).toBe('backoff');
  });

  test('a server that never answers during the start is given up and tried again', async () => {
    const server = await addServer({ get_schema: () => undefined });
    const { client, events } = addClient(server.remote, { requestTimeout: 20 });
    await eventually(() => errors(events).length >= 3);
    expect(errors(events)[0]?.code).toBe('timeout');
    const attempts = events.flatMap((event) => (event.kind === 'backoff' ? [event.attempt] : []));
    expect(attempts.slice(0, 3)).toEqual([0, 1, 2]);
    expect(client.state.kind).not.toBe('ready');
  });

  test.each(['connecting', 'negotiating', 'synchronising', 'ready', 'backoff'] as const)(
    'close resolves while %s, and nothing goes on after it',
    async (during) => {
      const silent = () => undefined;
      const server = await addServer({
        ...(during === 'negotiating' ? { get_schema: silent } : {}),
        ...(during === 'synchronising' ? { monitor_cond_since: silent } : {}),
      });
      const remote = during === 'backoff' ? `${server.remote}.nothing` : server.remote;
      const { client, events } = addClient(remote, { backoff: { initial: 3_600_000, max: 3_600_000 } });
      await eventually(() => client.state.kind === during);
      const outcome = client.ready().then(
        () => 'ready',
        (error: unknown) => (error instanceof OvsdbError ? error.code : error),
      );
      await client.close();
      await client.close();
      expect(await outcome).toBe(during === 'ready' ? 'ready' : 'closed');
      expect(client.state).toEqual({ kind: 'closed' });
      expect((await caught(client.ready())).code).toBe('closed');
      expect((await caught(client.transact([operations.comment('x')]))).code).toBe('closed');
      client.start();
      expect(events.at(-1)).toEqual({ kind: 'state', state: { kind: 'closed' } });
    },
  );

  test('close leaves nothing that keeps the process alive', async () => {
    const server = await addServer({ transact: () => undefined });
    const args = [join(import.meta.dirname, 'close-program.ts'), server.remote, `${server.remote}.nothing`];
    const program = await startProcess(process.execPath, args);
    cleanups.push(() => program.stop());
    expect(await program.ended).toEqual({ exitCode: 0, signal: null });
    expect(program.output()).toBe('OvsdbError: the client is closed\n');
  });

  test('a client that is closed by its own listener does not go on to connect', async () => {
    const server = await addServer();
    const client = new OvsdbClient({ remote: server.remote, database: 'Test', tables });
    client.onState(({ kind }) => kind === 'connecting' && void client.close());
    client.start();
    expect(client.state.kind).toBe('closed');
    await addClient(server.remote).client.ready();
    expect(server.connections.length).toBe(1);
  });

  test('what arrives together with the fault that ends it is not applied', async () => {
    let round = 0;
    const server = await addServer({
      monitor_cond_since: ({ id }, connection) => {
        round += 1;
        const result = [false, ZERO, { Thing: { [FIRST]: { initial: { name: `round ${round}` } } } }];
        connection.sendTogether({ id, error: null, result }, ...(round === 1 ? [{ hello: 1 }] : []));
        return undefined;
      },
    });
    const { client } = addClient(server.remote);
    const seen: string[][] = [];
    client.onChange(() => seen.push(names(client)));
    await client.ready();
    expect(seen).toEqual([['round 2']]);
  });

  test('closing rejects what is in flight, also from within a listener', async () => {
    const server = await addServer({ transact: () => undefined });
    const { client } = addClient(server.remote);
    await client.ready();
    const pending = caught(client.transact([operations.comment('x')]));
    client.onChange(() => void client.close());
    server.connections[0]?.sendTogether(
      update3(FIRST, { [FIRST]: { insert: { name: 'last' } } }),
      update3(FIRST, { [SECOND]: { insert: { name: 'after the end' } } }),
    );
    expect((await pending).code).toBe('closed');
    await client.close();
    expect(names(client)).toEqual(['last']);
  });

  test('a listener that throws is traced, and the others still hear', async () => {
    const server = await addServer();
    const { client, events } = addClient(server.remote);
    const heard: string[] = [];
    client.onState(() => {
      throw new Error('mine');
    });
    const off = client.onState(({ kind }) => heard.push(kind));
    await client.ready();
    off();
    await client.close();
    expect(heard).toEqual(['negotiating', 'synchronising', 'ready']);
    expect(events).toContainEqual({ kind: 'listener-failed', error: new Error('mine') });
  });
});

describe('transact', () => {
  test('a reply that comes after the timeout is let pass, and the transaction is canceled', async () => {
    let late: (() => void) | undefined;
    const server = await addServer({
      transact: ({ id }, connection) => {
        late = () => connection.send({ id, error: null, result: [{}] });
        return undefined;
      },
    });
    const { client, events } = addClient(server.remote);
    await client.ready();
    expect((await caught(client.transact([operations.comment('x')], 10))).code).toBe('timeout');
    const canceled = await eventually(() => server.received.find(({ method }) => method === 'cancel'));
    const sent = server.received.find(({ method }) => method === 'transact');
    expect(canceled['params']).toEqual([sent?.['id']]);
    late?.();
    server.connections[0]?.send({ id: 'after', method: 'echo', params: [] });
    await eventually(() => server.received.some(({ id }) => id === 'after'));
    expect(errors(events)).toEqual([]);
  });

  test('an error reply to the whole transaction keeps the code of the database', async () => {
    const server = await addServer({ transact: () => ({ error: { error: 'not leader', details: 'elsewhere' } }) });
    const { client } = addClient(server.remote);
    await client.ready();
    const error = await caught(client.transact([operations.comment('x')]));
    expect(error).toMatchObject({ code: 'not leader', message: 'not leader: elsewhere', index: undefined });
  });
});

describe('locks', () => {
  test('what follows right behind the reply counts more than the reply', async () => {
    const server = await addServer({
      lock: ({ id, params }, connection) => {
        const [name] = Array.isArray(params) ? params : [];
        const locked = name === 'taken';
        const method = locked ? 'stolen' : 'locked';
        connection.sendTogether({ id, error: null, result: { locked } }, { id: null, method, params: [name ?? null] });
        return undefined;
      },
    });
    const { client } = addClient(server.remote);
    await client.ready();
    expect(await client.lock('taken')).toBe('stolen');
    expect(await client.lock('freed')).toBe('held');
  });

  test('a lock that the server refuses is no longer wanted', async () => {
    const server = await addServer({ lock: () => ({ error: { error: 'permission error' } }) });
    const { client } = addClient(server.remote);
    await client.ready();
    expect((await caught(client.lock('taas'))).code).toBe('permission error');
    expect(client.lockState('taas')).toBe('unlocked');
    expect(client.state.kind).toBe('ready');
  });

  test('without a reply the connection is given up, and the next one asks again', async () => {
    let asked = 0;
    const server = await addServer({
      lock: () => {
        asked += 1;
        return asked === 1 ? undefined : { result: { locked: true } };
      },
    });
    const { client, events } = addClient(server.remote, { requestTimeout: 200 });
    await client.ready();
    expect(await client.lock('taas')).toBe('requested');
    await eventually(() => client.lockState('taas') === 'held');
    expect(new Set(errors(events).map(({ code }) => code))).toEqual(new Set(['timeout']));
    expect(asked).toBeGreaterThan(1);
  });

  test('a lock can be given up while there is no connection', async () => {
    const server = await addServer({ lock: () => ({ result: { locked: true } }) });
    const { client } = addClient(server.remote, { backoff: { initial: 3_600_000, max: 3_600_000 } });
    await client.ready();
    expect(await client.lock('taas')).toBe('held');
    server.connections[0]?.end();
    await eventually(() => client.state.kind === 'backoff');
    expect(client.lockState('taas')).toBe('requested');
    await client.unlock('taas');
    expect(client.lockState('taas')).toBe('unlocked');
  });

  test('a notification that means nothing here is traced', async () => {
    const server = await addServer();
    const { client, events } = addClient(server.remote);
    await client.ready();
    server.connections[0]?.send({ id: null, method: 'monitor_canceled', params: [] });
    await eventually(() => events.some(({ kind }) => kind === 'unexpected-notification'));
    expect(client.state.kind).toBe('ready');
  });
});
