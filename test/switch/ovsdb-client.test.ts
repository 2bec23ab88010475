import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { operationsFor } from '../../src/ovsdb-client/operations-for.ts';
import { OvsdbClient, type OvsdbClientOptions } from '../../src/ovsdb-client/ovsdb-client.ts';
import { OvsdbError } from '../../src/ovsdb-client/ovsdb-error.ts';
import type { Change } from '../../src/ovsdb-client/replica.ts';
import type { TraceEvent } from '../../src/ovsdb-client/trace-event.ts';
import { makeCertificates } from '../ovsdb-client/certificates.ts';
import { startRefusingProxy } from '../ovsdb-client/refusing-proxy.ts';
import { switchTables as tables } from '../ovsdb-client/switch-tables.ts';
import { eventually } from '../support/eventually.ts';
import { addOvsdbServer, type OvsdbServer, type OvsdbServerOptions } from '../support/ovsdb-server.ts';
import { runCommand } from '../support/run-command.ts';
import { cases } from '../support/times.ts';

type SwitchTables = typeof tables;
type Client = OvsdbClient<SwitchTables>;

const ovs = operationsFor(tables);
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function addServer(options?: OvsdbServerOptions): Promise<OvsdbServer> {
  const server = await addOvsdbServer(options);
  cleanups.push(server.remove);
  return server;
}

function addClient(remote: string, options: Partial<OvsdbClientOptions<SwitchTables>> = {}): Client {
  const backoff = { initial: 10, max: 100 };
  const client = new OvsdbClient({ remote, database: 'Open_vSwitch', tables, backoff, ...options });
  cleanups.push(() => client.close());
  client.start();
  return client;
}

async function readyClient(remote: string, options?: Partial<OvsdbClientOptions<SwitchTables>>): Promise<Client> {
  const client = addClient(remote, options);
  await client.ready();
  return client;
}

/** Bridges stay only while the one row of Open_vSwitch refers to them. */
function addBridge(name: string) {
  const bridge = { named: `bridge_${name.replaceAll('-', '_')}` };
  return [
    ovs.insert('Bridge', { name, external_ids: new Map([['owner', 'test']]) }, bridge),
    ovs.mutate('Open_vSwitch', [], [['bridges', 'insert', [bridge]]]),
  ] as const;
}

const initialise = (client: Client) => client.transact([ovs.insert('Open_vSwitch', { next_cfg: 0 })]);
const bridgeNames = (client: Client) => [...client.replica.table('Bridge').values()].map(({ name }) => name).sort();

async function caught(promise: Promise<unknown>): Promise<OvsdbError> {
  const error = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof OvsdbError)) throw new Error('expected an OvsdbError', { cause: error });
  return error;
}

describe('with one ovsdb-server', () => {
  let server: OvsdbServer;

  beforeEach(async () => {
    server = await addServer();
    await server.start();
  });

  test('a transaction with named uuids and mutations shows in the replica when it resolves', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    const [inserted] = await client.transact(addBridge('br-int'));
    const port = { named: 'port' };
    const nic = { named: 'nic' };
    const [, made] = await client.transact([
      ovs.insert('Interface', { name: 'patch', type: 'patch', options: new Map([['peer', 'other']]) }, nic),
      ovs.insert('Port', { name: 'patch', interfaces: [nic], tag: 7 }, port),
      ovs.insert('Mirror', { name: 'm', output_port: port, select_src_port: [port] }, { named: 'mirror' }),
      ovs.mutate(
        'Bridge',
        [['name', '==', 'br-int']],
        [
          ['ports', 'insert', [port]],
          ['mirrors', 'insert', [{ named: 'mirror' }]],
        ],
      ),
    ]);
    const bridge = client.replica.table('Bridge').get(inserted.uuid);
    const [mirror] = client.replica.table('Mirror').values();
    expect(bridge?.ports).toEqual(new Set([made.uuid]));
    expect(bridge?.fail_mode).toBeUndefined();
    expect(mirror).toMatchObject({ name: 'm', output_port: made.uuid, select_src_port: new Set([made.uuid]) });
    expect(client.replica.table('Port').get(made.uuid)).toMatchObject({ name: 'patch', tag: 7, trunks: new Set() });
  });

  test('next_cfg is incremented and read in one transaction, each time visible at once', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    for (let round = 1; round <= 200; round += 1) {
      const results = await client.transact([
        ovs.mutate('Open_vSwitch', [], [['next_cfg', '+=', 1]]),
        ovs.select('Open_vSwitch', [], ['next_cfg']),
      ]);
      expect(ovs.rows('Open_vSwitch', ['next_cfg'], results[1])).toEqual([{ next_cfg: round }]);
      expect([...client.replica.table('Open_vSwitch').values()][0]?.next_cfg).toBe(round);
    }
  });

  test('transactions in flight together are answered each with its own result', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    const names = Array.from({ length: 50 }, (_, index) => `br${index}`);
    const uuids = await Promise.all(names.map(async (name) => (await client.transact(addBridge(name)))[0].uuid));
    const rows = client.replica.table('Bridge');
    expect(uuids.map((uuid) => rows.get(uuid)?.name)).toEqual(names);
  });

  test('pairs of a map are deleted by key, elements of a set one by one, rows by condition', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    const [{ uuid }] = await client.transact(addBridge('br-int'));
    await client.transact([
      ovs.mutate(
        'Bridge',
        [['_uuid', '==', uuid]],
        [
          ['external_ids', 'delete', ['owner']],
          [
            'external_ids',
            'insert',
            new Map([
              ['a', '1'],
              ['b', '2'],
            ]),
          ],
          [
            'external_ids',
            'delete',
            new Map([
              ['a', 'not this'],
              ['b', '2'],
            ]),
          ],
        ],
      ),
      ovs.update('Bridge', [['name', '==', 'br-int']], { fail_mode: 'secure' }),
    ]);
    expect(client.replica.table('Bridge').get(uuid)).toMatchObject({
      external_ids: new Map([['a', '1']]),
      fail_mode: 'secure',
    });
    const [counted] = await client.transact([ovs.mutate('Open_vSwitch', [], [['bridges', 'delete', [uuid]]])]);
    expect(counted).toEqual({ count: 1 });
    expect(client.replica.table('Bridge').size).toBe(0);
  });

  test('an error names its kind, the operation and its place, also when the commit fails', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    const second = ovs.insert('Open_vSwitch', {});
    const commit = await caught(client.transact([ovs.comment('two rows where one may be'), second]));
    expect(commit).toMatchObject({ code: 'constraint violation', index: 2, operation: undefined });
    const bad = ovs.insert('Port', { name: 'p', tag: 5000 });
    const operation = await caught(client.transact([ovs.comment('x'), bad, ovs.comment('y')]));
    expect(operation).toMatchObject({ code: 'constraint violation', index: 1, operation: bad });
    const missing = '11111111-1111-4111-8111-111111111111';
    const dangling = await caught(client.transact([ovs.update('Open_vSwitch', [], { bridges: [missing] })]));
    expect(dangling).toMatchObject({ code: 'referential integrity violation', index: 1, operation: undefined });
    expect(await caught(client.transact([ovs.abort()]))).toMatchObject({ code: 'aborted', index: 0 });
    const wait = ovs.wait('Open_vSwitch', [], ['next_cfg'], '==', [{ next_cfg: 9 }], 0);
    expect(await caught(client.transact([wait]))).toMatchObject({ code: 'timed out', index: 0, operation: wait });
    expect(await caught(client.transact([ovs.assert('nobodys')]))).toMatchObject({ code: 'not owner' });
    expect(client.state.kind).toBe('ready');
  });

  test('a transaction that is late is canceled and leaves the connection in order', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    const wait = ovs.wait('Open_vSwitch', [], ['next_cfg'], '==', [{ next_cfg: 9 }]);
    const late = [wait, ovs.update('Open_vSwitch', [], { cur_cfg: 77 })];
    expect((await caught(client.transact(late, 50))).code).toBe('timeout');
    await client.transact([ovs.update('Open_vSwitch', [], { next_cfg: 9 })]);
    await client.transact([ovs.comment('whatever was still waiting had its turn')]);
    expect([...client.replica.table('Open_vSwitch').values()][0]).toMatchObject({ next_cfg: 9, cur_cfg: 0 });
    expect(await client.listDatabases()).toContain('Open_vSwitch');
  });

  test('a change by another client reaches listeners with the rows before and after', async () => {
    const writer = await readyClient(server.remote);
    const reader = await readyClient(server.remote);
    const changes: Change<SwitchTables>[] = [];
    reader.onChange((change) => changes.push(change));
    await initialise(writer);
    await writer.transact(addBridge('br-int'));
    await writer.transact([ovs.update('Bridge', [], { fail_mode: 'secure' })]);
    await eventually(() => [...reader.replica.table('Bridge').values()][0]?.fail_mode === 'secure');
    expect(changes.map(({ kind, tables: changed }) => [kind, [...changed].sort()])).toEqual([
      ['updated', ['Open_vSwitch']],
      ['updated', ['Bridge', 'Open_vSwitch']],
      ['updated', ['Bridge']],
    ]);
    const [row] = changes[2]?.rows ?? [];
    expect([row?.before, row?.after]).toMatchObject([
      { name: 'br-int', fail_mode: undefined },
      { name: 'br-int', fail_mode: 'secure' },
    ]);
  });

  test('a thousand rows arrive complete, with every monitor method', async () => {
    const writer = await readyClient(server.remote);
    await initialise(writer);
    const names = Array.from({ length: 1000 }, (_, index) => `br${String(index).padStart(4, '0')}`);
    await writer.transact(names.flatMap((name) => addBridge(name)));
    for (const refused of [[], ['monitor_cond_since'], ['monitor_cond_since', 'monitor_cond']]) {
      const path = join(server.folder, `proxy${refused.length}`);
      const proxy = await startRefusingProxy(path, server.remote.slice('unix:'.length), refused);
      cleanups.push(proxy.close);
      const fallbacks: string[] = [];
      const trace = (event: TraceEvent) => event.kind === 'monitor-fallback' && fallbacks.push(event.method);
      const reader = await readyClient(`unix:${path}`, { trace });
      expect(bridgeNames(reader)).toEqual(names);
      expect([...reader.replica.table('Open_vSwitch').values()][0]?.bridges.size).toBe(1000);
      expect(fallbacks).toEqual(refused);
    }
  });

  test('the schema is checked, and the error names every column that does not fit', async () => {
    const { Bridge, ...rest } = tables;
    const wrong = { ...rest, Bridge: { ...Bridge, fail_mode: Bridge.name, wings: Bridge.name }, Dragon: {} };
    const client = new OvsdbClient({ remote: server.remote, database: 'Open_vSwitch', tables: wrong });
    cleanups.push(() => client.close());
    const ready = client.ready();
    client.start();
    const error = await caught(ready);
    expect(error.code).toBe('schema');
    expect(error.message).toMatch(/Bridge\.fail_mode.*Bridge has no column wings.*no table Dragon/);
  });

  test('a database that is not there is named in the trace, and waited for', async () => {
    const events: TraceEvent[] = [];
    addClient(server.remote, { database: 'Nowhere', trace: (event) => events.push(event) });
    await eventually(() => events.filter(({ kind }) => kind === 'lost').length >= 2);
    const lost = events.find((event) => event.kind === 'lost');
    expect(lost).toMatchObject({ error: { code: 'unknown database', message: expect.stringContaining('Nowhere') } });
  });

  test('after kill -9 and a restart, lock and replica are resumed in one change', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    await client.transact(addBridge('before'));
    expect(await client.lock('taas')).toBe('held');
    const [kept] = client.replica.table('Open_vSwitch').keys();
    const changes: Change<SwitchTables>[] = [];
    await server.stop('SIGKILL');
    await eventually(() => client.state.kind !== 'ready');
    expect(client.lockState('taas')).toBe('requested');
    expect((await caught(client.transact([ovs.comment('x')]))).code).toBe('disconnected');
    expect(bridgeNames(client)).toEqual(['before']);

    const database = join(server.folder, 'conf.db');
    const behindTheBack = ['Open_vSwitch', { op: 'delete', table: 'Open_vSwitch', where: [] }, ...addBridge('after')];
    const row = { op: 'insert', table: 'Open_vSwitch', row: { bridges: ['named-uuid', 'bridge_after'] } };
    await runCommand('ovsdb-tool', ['transact', database, JSON.stringify([...behindTheBack.slice(0, 3), row])]);
    client.onChange((change) => changes.push(change));
    await server.start();
    await client.ready();
    expect(bridgeNames(client)).toEqual(['after']);
    expect([...client.replica.table('Open_vSwitch').keys()]).not.toContain(kept);
    expect(changes.map(({ kind }) => kind)).toEqual(['synchronised']);
    expect(changes[0]?.rows.length).toBe(4);
    expect(client.lockState('taas')).toBe('held');
    await client.transact([ovs.assert('taas'), ovs.comment('still the owner')]);
  });

  test('rows that a reconnect finds unchanged stay the same objects', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    await client.transact(addBridge('br-int'));
    const before = [...client.replica.table('Bridge')];
    const changes: Change<SwitchTables>[] = [];
    client.onChange((change) => changes.push(change));
    await server.stop();
    await eventually(() => client.state.kind !== 'ready');
    await server.start();
    await client.ready();
    const after = [...client.replica.table('Bridge')];
    expect(after.map(([uuid, row], index) => uuid === before[index]?.[0] && row === before[index]?.[1])).toEqual([
      true,
    ]);
    expect(changes).toEqual([{ kind: 'synchronised', tables: new Set(), rows: [] }]);
  });

  test('a transaction in flight is rejected when the server dies', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    const wait = ovs.wait('Open_vSwitch', [], ['next_cfg'], '==', [{ next_cfg: 9 }]);
    const pending = caught(client.transact([wait]));
    await client.listDatabases();
    await server.stop('SIGKILL');
    expect((await pending).code).toBe('disconnected');
  });

  test('locks are queued, stolen, given back and let go', async () => {
    const first = await readyClient(server.remote);
    const second = await readyClient(server.remote);
    const heard: string[] = [];
    first.onLock(({ id, state }) => heard.push(`${id} ${state}`));
    expect(await first.lock('taas')).toBe('held');
    expect(await first.lock('taas')).toBe('held');
    expect(await second.lock('taas')).toBe('waiting');
    expect(await caught(second.transact([ovs.assert('taas')]))).toMatchObject({ code: 'not owner' });
    expect(await second.steal('taas')).toBe('held');
    await eventually(() => first.lockState('taas') === 'stolen');
    await second.unlock('taas');
    await eventually(() => first.lockState('taas') === 'held');
    expect(await second.lock('taas')).toBe('waiting');
    await first.close();
    await eventually(() => second.lockState('taas') === 'held');
    await second.unlock('taas');
    expect(second.lockState('taas')).toBe('unlocked');
    expect(heard).toEqual(['requested', 'held', 'stolen', 'held', 'requested'].map((state) => `taas ${state}`));
    expect((await caught(second.lock('not a name'))).code).toBe('value');
  });

  test('texts of every kind survive the way through the server', async () => {
    const client = await readyClient(server.remote);
    await initialise(client);
    const [{ uuid }] = await client.transact(addBridge('br-int'));
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { maxLength: 5 }), text, async (keys, value) => {
        const ids = new Map(keys.map((key) => [key, value]));
        const results = await client.transact([
          ovs.update('Bridge', [], { external_ids: ids }),
          ovs.select('Bridge', [['_uuid', '==', uuid]], ['_uuid', 'external_ids']),
        ]);
        expect(client.replica.table('Bridge').get(uuid)?.external_ids).toEqual(ids);
        expect(ovs.rows('Bridge', ['_uuid', 'external_ids'], results[1])).toEqual([{ _uuid: uuid, external_ids: ids }]);
      }),
      { numRuns: cases(100) },
    );
  });

  test.each([
    { method: 'monitor_cond_since', refused: [] },
    { method: 'monitor_cond', refused: ['monitor_cond_since'] },
    { method: 'monitor', refused: ['monitor_cond_since', 'monitor_cond'] },
  ])('with $method, the replica after random transactions is what a select answers', async ({ refused }) => {
    const path = join(server.folder, 'proxy');
    const proxy = await startRefusingProxy(path, server.remote.slice('unix:'.length), refused);
    cleanups.push(proxy.close);
    const client = await readyClient(`unix:${path}`);
    await initialise(client);
    const key = fc.constantFrom('a', 'b', 'c');
    const pairs = fc.array(fc.tuple(key, key), { maxLength: 3 }).map((entries) => new Map(entries));
    const where = key.map((name) => [['name', '==', name]] as const);
    const step = fc.oneof(
      key.map((name) => addBridge(name)),
      fc.tuple(where, pairs).map(([rows, ids]) => [ovs.mutate('Bridge', rows, [['external_ids', 'insert', ids]])]),
      fc.tuple(where, pairs).map(([rows, ids]) => [ovs.update('Bridge', rows, { external_ids: ids })]),
      fc
        .tuple(where, fc.constantFrom(undefined, 'secure' as const, 'standalone' as const))
        .map(([rows, fail_mode]) => [ovs.update('Bridge', rows, { fail_mode })]),
      fc
        .tuple(where, fc.array(key))
        .map(([rows, keys]) => [ovs.mutate('Bridge', rows, [['external_ids', 'delete', keys]])]),
      fc.constant([ovs.update('Open_vSwitch', [], { bridges: [] })]),
    );
    const columns = ['_uuid', 'name', 'external_ids', 'fail_mode'] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        // A name that is taken is refused: such a transaction changes nothing, in the replica neither.
        const outcomes = await Promise.allSettled(steps.map((operations) => client.transact(operations)));
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'constraint violation' });
        }
        const [selected] = await client.transact([ovs.select('Bridge', [], columns)]);
        const fresh = new Map(ovs.rows('Bridge', columns, selected).map(({ _uuid, ...row }) => [_uuid, row]));
        const held = [...client.replica.table('Bridge')].map(
          ([uuid, { name, external_ids, fail_mode }]) => [uuid, { name, external_ids, fail_mode }] as const,
        );
        expect(new Map(held)).toEqual(fresh);
      }),
      { numRuns: cases(60) },
    );
  });
});

test('a client that is started before the server connects when it comes', async () => {
  const server = await addServer();
  const events: TraceEvent[] = [];
  const client = addClient(server.remote, { trace: (event) => events.push(event) });
  const locked = client.lock('taas');
  await eventually(() => events.filter(({ kind }) => kind === 'lost').length >= 3);
  expect(await locked).toBe('requested');
  await server.start();
  await client.ready();
  expect(client.lockState('taas')).toBe('held');
});

test('a clustered database is resumed from the last transaction, and only what was missed is sent', async () => {
  const server = await addServer({ clustered: true });
  await server.start();
  const path = join(server.folder, 'proxy');
  const target = server.remote.slice('unix:'.length);
  const proxy = await startRefusingProxy(path, target, []);
  const synchronised: TraceEvent[] = [];
  const trace = (event: TraceEvent) => event.kind === 'synchronised' && synchronised.push(event);
  const reader = await readyClient(`unix:${path}`, { trace });
  const writer = await readyClient(server.remote);
  await initialise(writer);
  // The server keeps no more history than there is data, so little data has no history at all.
  const names = Array.from({ length: 200 }, (_, index) => `br${index}`);
  await writer.transact(names.flatMap((name) => addBridge(name)));
  await writer.transact(addBridge('one'));
  await eventually(() => bridgeNames(reader).length === 201);
  await proxy.close();
  await eventually(() => reader.state.kind !== 'ready');
  const [missed] = await writer.transact(addBridge('two'));
  await writer.transact([ovs.update('Bridge', [['name', '==', 'one']], { fail_mode: 'secure' })]);
  const again = await startRefusingProxy(path, target, []);
  cleanups.push(again.close);
  const changes: Change<SwitchTables>[] = [];
  reader.onChange((change) => changes.push(change));
  await reader.ready();
  expect(bridgeNames(reader)).toEqual([...names, 'one', 'two'].sort());
  expect(synchronised.map((event) => event.kind === 'synchronised' && event.resumed)).toEqual([false, true]);
  expect(changes.map(({ kind }) => kind)).toEqual(['synchronised']);
  const missing = changes[0]?.rows.flatMap(({ table, after }) => (table === 'Bridge' ? [after?.name] : []));
  expect(missing?.sort()).toEqual(['one', 'two']);
  expect(reader.replica.table('Bridge').get(missed.uuid)?.name).toBe('two');
});

test.each(['ptcp:0:127.0.0.1', 'ptcp:0:[::1]'])('%s is a remote like the socket', async (passive) => {
  const server = await addServer({ remotes: [passive] });
  await server.start();
  const host = passive.slice('ptcp:0:'.length);
  const client = await readyClient(`tcp:${host}:${server.port()}`);
  await initialise(client);
  expect(client.replica.table('Open_vSwitch').size).toBe(1);
});

test('ssl takes the certificates of one authority, on both sides, and no others', async () => {
  const certificates = await makeCertificates();
  cleanups.push(certificates.remove);
  const server = await addServer({ remotes: ['pssl:0:127.0.0.1'], options: certificates.serverOptions });
  await server.start();
  const remote = `ssl:127.0.0.1:${server.port()}`;
  const tls = await certificates.tls('client', 'ca');
  const client = await readyClient(remote, { tls });
  await initialise(client);
  expect(client.replica.table('Open_vSwitch').size).toBe(1);
  await readyClient(remote, { tls: { ...tls, serverName: 'server' } });

  const refused = [
    await certificates.tls('client', 'stranger'),
    await certificates.tls('stranger', 'ca'),
    { ...tls, serverName: 'another' },
  ];
  for (const options of refused) {
    const kinds: string[] = [];
    const stranger = addClient(remote, { tls: options, trace: ({ kind }) => kinds.push(kind) });
    await eventually(() => kinds.filter((kind) => kind === 'lost').length >= 2);
    expect(kinds).not.toContain('synchronised');
    await stranger.close();
  }
  const ready = addClient(remote, { tls: { ...tls, privateKey: 'no key at all' } }).ready();
  expect((await caught(ready)).code).toBe('remote');
});

test('a peer that accepts but says nothing is given up within the connect timeout', async () => {
  const certificates = await makeCertificates();
  cleanups.push(certificates.remove);
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const errors: OvsdbError[] = [];
  addClient(`ssl:127.0.0.1:${port}`, {
    tls: await certificates.tls('client', 'ca'),
    connectTimeout: 50,
    trace: (event) => event.kind === 'lost' && errors.push(event.error),
  });
  await eventually(() => errors.length >= 2);
  expect(errors[0]).toMatchObject({ code: 'timeout', message: 'no connection within 50 ms' });
});
