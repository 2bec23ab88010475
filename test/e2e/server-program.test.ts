import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { notifySocket } from '../host/notify-socket.ts';
import { ApiClient } from '../support/api-client.ts';
import { Certificates } from '../support/broker-certificates.ts';
import { eventually } from '../support/eventually.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { startProcess } from '../support/process.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { prepareServer, type TestServer } from '../support/server.ts';
import { runProgram } from './run-program.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/taas-server');
const TAAS = join(import.meta.dirname, '../../dist/taas');
const run = (...args: string[]) => runProgram(args, {}, PROGRAM);

let folder: Folder;
let broker: Rabbitmq;
let server: TestServer;
let tokens: string;

beforeAll(async () => {
  folder = await addFolder('server');
  broker = await Rabbitmq.start();
  tokens = join(folder.path, 'tokens');
  server = await prepareServer({
    brokerUrl: broker.url,
    settings: { auth: { strategy: 'tokens', tokens_file: tokens } },
  });
});
afterAll(async () => {
  await server?.remove();
  await broker?.stop();
  await folder?.remove();
});

/** The server's settings with some changed, in a file of its own. */
async function settingsWith(name: string, changes: Readonly<Record<string, unknown>>): Promise<string> {
  const settings = parse(await readFile(server.config, 'utf8')) as Record<string, unknown>;
  const path = join(folder.path, name);
  await writeFile(path, stringify({ ...settings, ...changes }));
  return path;
}

const noauth = { auth: { strategy: 'noauth' } };
const newToken = async (name: string, project: string, role: string) => {
  const args = ['--config', server.config, '--name', name, '--project', project, '--role', role];
  const { exitCode, stdout, stderr } = await run('token', 'create', ...args);
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
};
const asking = (token: string) => new ApiClient(server.url, { 'x-auth-token': token });

describe('what keeps it from starting: one sentence, and the exit code', () => {
  test('settings that do not go together', async () => {
    const config = await settingsWith('open.yaml', { ...noauth, listen: '0.0.0.0:0' });
    const { exitCode, stderr } = await run('--config', config);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^taas-server: listen: must be a loopback address .* because auth.strategy is noauth/);
  });

  test('tokens without their file', async () => {
    const { exitCode, stderr } = await run('--config', server.config, '--check-config');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('make a token with "taas-server token create"');
  });

  test('an address that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { readonly port: number };
    const config = await settingsWith('taken.yaml', { ...noauth, listen: `127.0.0.1:${port}` });
    const { exitCode, stderr } = await run('--config', config);
    other.close();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`address already in use 127.0.0.1:${port}`);
  });

  test.each([
    ['is no database', 'just text, and enough of it to be looked at', 'cannot be used: file is not a database'],
    ['is some other program’s', (path: string) => sql(path, 'CREATE TABLE t (x)'), "some other program's database"],
    ['is of a newer version', (path: string) => newer(path), 'a newer taas-server wrote it'],
  ])('a file that %s', async (_, content, sentence) => {
    const path = join(folder.path, `${sentence.replace(/\W+/g, '-')}.db`);
    if (typeof content === 'string') await writeFile(path, content);
    else content(path);
    const { exitCode, stderr } = await run('--config', await settingsWith('db.yaml', { ...noauth, database: path }));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${path}: `);
    expect(stderr).toContain(sentence);
    expect(stderr.split('\n')).toHaveLength(1);
  });

  const sql = (path: string, text: string) => {
    using database = new DatabaseSync(path);
    database.exec(text);
  };
  const newer = (path: string) =>
    sql(path, `CREATE TABLE t (x); PRAGMA application_id = ${0x74616173}; PRAGMA user_version = 999`);
});

describe('callers with tokens', () => {
  let admin: string;
  let ann: string;
  let bob: string;
  let eye: string;
  const port = (digit: number) => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`;

  beforeAll(async () => {
    admin = await newToken('root', 'ops', 'admin');
    ann = await newToken('ann', 'p1', 'member');
    bob = await newToken('bob', 'p2', 'member');
    eye = await newToken('eye', 'p1', 'reader');
    await server.start();
    await reportPorts(port(1), port(2), port(3));
  });

  /** As an agent does. */
  async function reportPorts(...ids: readonly string[]): Promise<void> {
    const projects = ['p1', 'p1', 'p2'];
    const ports = ids.map((id, index) => ({
      port_id: id,
      interface_name: `tap${index}`,
      port_name: null,
      mac: null,
      vlan: 5,
      project_id: projects[index],
      plugged: true,
    }));
    const message = { method: 'report_ports', args: { host: 'h1', tunnel_address: null, ports }, version: '1.0' };
    const body = JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) });
    await broker.publish('neutron', 'taas-inventory', body);
    await asking(admin).plugged(...ids);
  }

  test('each sees and taps its own project, and a reader changes nothing', async () => {
    const service = await asking(ann).create('tap_service', { port_id: port(1) });
    expect((await asking(ann).list('port')).map(({ id }) => id)).toEqual([port(1), port(2)]);
    expect((await asking(bob).list('port')).map(({ id }) => id)).toEqual([port(3)]);
    expect((await asking(bob).request('GET', `/v2.0/taas/tap_services/${service.id}`)).status).toBe(404);
    const flow = { source_port: port(3), tap_service_id: service.id, direction: 'BOTH' };
    expect((await asking(ann).request('POST', '/v2.0/taas/tap_flows', { tap_flow: flow })).status).toBe(404);
    expect((await asking(bob).request('POST', '/v2.0/taas/tap_flows', { tap_flow: flow })).status).toBe(404);
    expect(
      (await asking(admin).request('POST', '/v2.0/taas/tap_flows', { tap_flow: { ...flow, project_id: 'p1' } })).status,
    ).toBe(403);
    expect(await asking(eye).list('tap_service')).toHaveLength(1);
    expect((await asking(eye).request('DELETE', `/v2.0/taas/tap_services/${service.id}`)).status).toBe(403);
    await asking(ann).delete('tap_service', service.id);
  });

  test('a token that is deleted stops working without a restart; the others go on', async () => {
    const args = ['--config', server.config];
    expect((await run('token', 'list', ...args)).stdout).toBe(
      'root ops admin\nann p1 member\nbob p2 member\neye p1 reader',
    );
    expect(await run('token', 'delete', ...args, '--name', 'bob')).toMatchObject({ exitCode: 0, stderr: '' });
    const refused = async () => (await asking(bob).request('GET', '/v2.0/ports')).status === 401;
    await eventually(refused, { what: 'the token to be refused' });
    expect((await asking(ann).request('GET', '/v2.0/ports')).status).toBe(200);
    expect(await run('token', 'delete', ...args, '--name', 'bob')).toMatchObject({
      exitCode: 1,
      stderr: `taas-server: ${tokens} has no token named "bob"`,
    });
  });

  test('tokens are kept as hashes by their owner alone, and never logged', async () => {
    const kept = await readFile(tokens, 'utf8');
    const said = server.process().output();
    expect((await stat(tokens)).mode & 0o777).toBe(0o600);
    for (const token of [admin, ann, bob, eye]) {
      expect(token).toMatch(/^taas_[\w-]{43}$/);
      expect(kept).not.toContain(token);
      expect(said).not.toContain(token);
    }
  });
});

describe('TLS', () => {
  test('callers who trust the authority are served, others are told why not, and plain HTTP is not answered', async () => {
    const certificates = await Certificates.make();
    const secure = await prepareServer({
      brokerUrl: broker.url,
      settings: { ...noauth, tls: { cert: certificates.path('broker.pem'), key: certificates.path('broker.key') } },
    });
    try {
      await server.stop();
      await secure.start();
      const { port } = new URL(secure.url);
      const list = (env: Readonly<Record<string, string>>) => runProgram(['port', 'list', '-f', 'json'], env, TAAS);
      const OS_ENDPOINT = `https://localhost:${port}`;
      expect(await list({ OS_ENDPOINT, OS_CACERT: certificates.path('ca.pem') })).toMatchObject({
        exitCode: 0,
        stdout: '[]',
      });
      const distrusting = await list({ OS_ENDPOINT });
      expect(distrusting).toMatchObject({ exitCode: 1, stdout: '' });
      expect(distrusting.stderr).toContain('--os-cacert');
      await expect(fetch(secure.url)).rejects.toThrow('fetch failed');
    } finally {
      await secure.remove();
      await certificates.remove();
      await server.start();
    }
  });
});

describe('the daemon', () => {
  test('is ready while it has its broker, and lives without it', async () => {
    const probe = async (path: string) => (await new ApiClient(server.url).request('GET', path)).status;
    expect([await probe('/healthz'), await probe('/readyz')]).toEqual([200, 200]);
    await broker.halt();
    await eventually(async () => (await probe('/readyz')) === 503, { what: 'it to be unready' });
    expect(await probe('/healthz')).toBe(200);
    await broker.resume();
    await eventually(async () => (await probe('/readyz')) === 200, { what: 'it to be ready again', timeoutMs: 60_000 });
  });

  test('SIGHUP reads the log level again', async () => {
    const settings = await readFile(server.config, 'utf8');
    const said = (msg: string) => server.log().filter((line) => line.msg.startsWith(msg));
    await writeFile(server.config, settings.replace('level: debug', 'level: warn'));
    server.process().signal('SIGHUP');
    const quiet = async () => {
      const before = server.log().length;
      await new ApiClient(server.url).request('GET', '/v2.0/ports');
      await new ApiClient(server.url).request('POST', '/v2.0/ports');
      return server.log().filter(({ msg }, index) => index >= before && msg === 'request answered').length === 0;
    };
    await eventually(quiet, { what: 'the log to be quiet' });
    await writeFile(server.config, settings);
    server.process().signal('SIGHUP');
    await eventually(() => said('settings read again').length > 0, { what: 'the log to speak again' });
  });

  test('a request that is under way is answered before it stops', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = await new Promise<Socket>((resolve) => {
      const open = connect(Number(port), hostname, () => resolve(open));
    });
    const heard: Buffer[] = [];
    socket.on('data', (chunk) => heard.push(chunk));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const body = '{"tap_service":{}}';
    const head = `POST /v2.0/taas/tap_services HTTP/1.1\r\nHost: x\r\nX-Auth-Token: none\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head.slice(0, 40));
    await eventually(() => socket.bytesWritten >= 40, { what: 'the request to be under way' });
    server.process().signal('SIGTERM');
    await eventually(() => server.log().some(({ msg }) => msg.startsWith('taas-server stops')), { what: 'it to stop' });
    socket.write(head.slice(40) + body);
    await closed;
    expect(Buffer.concat(heard).toString()).toMatch(/^HTTP\/1\.1 401 /);
    expect(await server.process().ended).toEqual({ exitCode: 0, signal: null });
    expect(server.log().at(-1)?.msg).toBe('taas-server has stopped');
  });

  test('tells systemd that it is ready, and that it stops', async () => {
    const systemd = await notifySocket(join(folder.path, 'notify'));
    try {
      const config = await settingsWith('notified.yaml', { ...noauth, database: join(folder.path, 'notified.db') });
      const running = await startProcess(PROGRAM, ['--config', config], { env: systemd.environment });
      await systemd.heard('READY=1');
      await running.stop('SIGTERM');
      await systemd.heard('STOPPING=1');
    } finally {
      await systemd.stop();
    }
  });
});
