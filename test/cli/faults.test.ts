import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HttpClient } from '../../src/cli/http-client.ts';
import { Certificates } from '../support/broker-certificates.ts';
import { freePort } from '../support/free-port.ts';
import { run } from './run.ts';
import { startTlsServer, startWebServer, type WebServer } from './web-server.ts';

let certificates: Certificates;
const servers: WebServer[] = [];

beforeAll(async () => {
  certificates = await Certificates.make();
});
afterAll(() => certificates?.remove());
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function answering(listener: RequestListener): Promise<string> {
  const server = await startWebServer(listener);
  servers.push(server);
  return server.url;
}

const file = (name: string) => readFileSync(certificates.path(name));

async function overTls(listener: RequestListener, more = {}): Promise<string> {
  const server = await startTlsServer({ key: file('broker.key'), cert: file('broker.pem'), ...more }, listener);
  servers.push(server);
  return server.url;
}

const noPorts: RequestListener = (_, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"ports":[]}');
};

async function listPorts(url: string, ...words: readonly string[]) {
  return await run(['port', 'list', '-f', 'json', '--os-endpoint', url, '--os-token', 'very-secret', ...words]);
}

/** One line, with the URL, without the token. */
async function expectSentence(url: string, sentence: string, ...words: readonly string[]) {
  const { exitCode, stdout, stderr } = await listPorts(url, ...words);
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^taas: [^\n]*\n$/);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('very-secret');
}

describe('nobody answers', () => {
  test('because nothing listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await expectSentence(
      url,
      `nothing listens at ${url}; does the network API run, and is --os-endpoint (OS_ENDPOINT) right?`,
    );
  });

  test('because there is no such host', async () => {
    await expectSentence('http://taas.invalid:9696', 'the host name in http://taas.invalid:9696 is unknown here');
  });

  test('because the connection is closed', async () => {
    const url = await answering((request) => request.socket.destroy());
    await expectSentence(url, `${url} closed the connection without an answer; does it want https://?`);
  });

  test('in the middle of an answer', async () => {
    const url = await answering((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"ports":[');
      request.socket.end();
    });
    await expectSentence(url, `${url} closed the connection without an answer`);
  });

  test('because it speaks another protocol', async () => {
    const url = await answering((request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await expectSentence(url, `what answers at ${url} does not speak HTTP`);
  });

  test('in time', async () => {
    const url = await answering(() => undefined);
    const http = new HttpClient({
      tls: { insecure: false },
      timeoutMilliseconds: 50,
      interrupted: new AbortController().signal,
    });
    const peer = { name: 'the network API', setting: '--os-endpoint (OS_ENDPOINT)' };
    await expect(http.send({ method: 'GET', url: new URL(url), peer })).rejects.toMatchObject({
      code: 'unreachable',
      message: `the network API at ${url} has not answered within 0.05 seconds; is --os-endpoint (OS_ENDPOINT) right?`,
    });
  });

  test('before the user has had enough', async () => {
    const interruption = new AbortController();
    const url = await answering(() => interruption.abort());
    const { exitCode, stderr } = await run(['port', 'list', '--os-endpoint', url], {
      interrupted: interruption.signal,
    });
    expect([exitCode, stderr]).toEqual([130, 'taas: interrupted\n']);
  });
});

describe('TLS', () => {
  test('with a certificate that nobody vouches for, until its authority is given', async () => {
    const url = await overTls(noPorts);
    await expectSentence(
      url,
      `the certificate of ${url} is not one that this machine trusts; give its authority's with --os-cacert FILE (OS_CACERT)`,
    );
    expect(await listPorts(url, '--os-cacert', certificates.path('ca.pem'))).toMatchObject({
      exitCode: 0,
      stdout: '[]\n',
    });
    expect(await listPorts(url, '--insecure')).toMatchObject({ exitCode: 0, stdout: '[]\n' });
  });

  test('with a certificate for another name', async () => {
    const url = (await overTls(noPorts)).replace('localhost', '127.0.0.1');
    await expectSentence(
      url,
      `the certificate of ${url} is for another name`,
      '--os-cacert',
      certificates.path('ca.pem'),
    );
  });

  test('where there is none', async () => {
    const url = (await answering(noPorts)).replace('http:', 'https:');
    await expectSentence(url, `${url} does not speak TLS; is it http:// instead?`);
  });

  test('where it is not expected', async () => {
    const url = (await overTls(noPorts)).replace('https:', 'http:');
    await expectSentence(url, `${url} closed the connection without an answer; does it want https://?`);
  });

  test('with a client certificate', async () => {
    const url = await overTls(noPorts, { ca: file('ca.pem'), requestCert: true, rejectUnauthorized: true });
    const ca = ['--os-cacert', certificates.path('ca.pem')];
    await expectSentence(url, 'wants a client certificate; give one with --os-cert FILE and --os-key FILE', ...ca);
    const own = ['--os-cert', certificates.path('client.pem'), '--os-key', certificates.path('client.key')];
    expect(await listPorts(url, ...ca, ...own)).toMatchObject({ exitCode: 0, stdout: '[]\n' });
  });
});

describe('an answer that is none of the API', () => {
  const json = { 'content-type': 'application/json' };
  const RIGHT = 'is --os-endpoint (OS_ENDPOINT) right?';

  test.each([
    [
      'a web page',
      200,
      { 'content-type': 'text/html' },
      '<html>',
      `/v2.0/ports answered 200 with a web page; ${RIGHT}`,
    ],
    [
      'a page that was not found',
      404,
      { 'content-type': 'text/html; charset=utf-8' },
      '<h1>',
      'answered 404 with a web page',
    ],
    ['nothing', 502, {}, '', 'answered 502 with nothing in it'],
    ['a list', 200, json, '[]', 'answered 200 with something else than this API'],
    ['another object', 200, json, '{"servers":[]}', `knows no ports; ${RIGHT}`],
    ['a list of other things', 200, json, '{"ports":[1]}', `knows no ports; ${RIGHT}`],
    ['a refusal of another API', 403, json, '{"reason":"no"}', 'answered 403 with something else than this API'],
    [
      'a redirection',
      302,
      { location: 'https://login.example/?next=x' },
      '',
      `redirects to https://login.example; give the right URL`,
    ],
    ['a text', 500, { 'content-type': 'text/plain' }, 'Internal Server Error', 'answered 500 with something else'],
  ])('%s', async (_, status, headers, body, sentence) => {
    const url = await answering((_request, response) => response.writeHead(status, headers).end(body));
    await expectSentence(url, sentence);
  });
});

describe('a refusal', () => {
  const json = { 'content-type': 'application/json' };
  const refused = async (status: number, body: unknown, headers = {}) => {
    const url = await answering((_, response) =>
      response.writeHead(status, { ...json, ...headers }).end(JSON.stringify(body)),
    );
    const { exitCode, stderr } = await run(['tap', 'service', 'update', 'x', '--name', 'y', '--os-endpoint', url]);
    return { exitCode, stderr };
  };

  test.each([
    [
      "Neutron's",
      409,
      { NeutronError: { type: 'OverQuota', message: 'Quota exceeded.', detail: '' } },
      'Quota exceeded.',
    ],
    [
      "a driver's",
      501,
      { NotImplementedError: { type: 'NotImplementedError', message: 'Not supported.' } },
      'Not supported.',
    ],
    [
      "Keystone's",
      401,
      { error: { code: 401, title: 'Unauthorized', message: 'Who?' } },
      'Who? Is --os-token (OS_TOKEN) right?',
    ],
    ["Neutron's bare one", 409, { type: 'HTTPConflict', message: 'No.', detail: '' }, 'No.'],
    ["Neutron's older one", 409, { NeutronError: 'No way.' }, 'No way.'],
    ['one that would move the cursor', 409, { NeutronError: { message: 'a\n\u001b[2Jb' } }, 'a [2Jb'],
  ])('is told in %s words', async (_, status, body, sentence) => {
    expect(await refused(status, body)).toEqual({ exitCode: 1, stderr: `taas: ${sentence}\n` });
  });

  test('that is a fault of the server has the number of the request', async () => {
    const body = { NeutronError: { type: 'HTTPInternalServerError', message: 'Request Failed.', detail: '' } };
    const { stderr } = await refused(500, body, { 'x-openstack-request-id': 'req-7' });
    expect(stderr).toBe('taas: Request Failed. (request req-7)\n');
  });
});

describe('a Neutron that is not as it should be', () => {
  const answers = (reply: (url: URL) => readonly [number, unknown]) =>
    answering((request, response) => {
      const [status, body] = reply(new URL(request.url ?? '', 'http://neutron'));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });

  test('without the taas plugin', async () => {
    const body = { NeutronError: { type: 'HTTPNotFound', message: 'The resource could not be found.', detail: '' } };
    const url = await answers(() => [404, body]);
    const { exitCode, stderr } = await run(['tap', 'flow', 'show', 'x', '--os-endpoint', url]);
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining('serves no tap flows; Neutron does with its taas service plugin'),
    ]);
  });

  test.each([400, 403, 404])('that answers %i where an ID is none: it is a name', async (status) => {
    const refusal = { NeutronError: { type: 'Any', message: 'no', detail: '' } };
    const rows = { tap_flows: [{ id: '7', name: 'web' }] };
    const url = await answers(({ search }) => (search === '?name=web' ? [200, rows] : [status, refusal]));
    const { stdout } = await run(['tap', 'flow', 'show', 'web', '-f', 'value', '-c', 'id', '--os-endpoint', url]);
    expect(stdout).toBe('7\n');
  });

  test('that filters by nothing (bug 2142034): names are looked for here', async () => {
    const rows = [
      { id: '1', name: 'web', project_id: 'red' },
      { id: '2', name: 'db', project_id: 'blue' },
    ];
    const message = "Bad request: ['name'] is invalid attribute for filtering";
    const url = await answers(({ pathname, searchParams }) => {
      if (pathname !== '/v2.0/taas/tap_flows')
        return [404, { NeutronError: { type: 'TapFlowNotFound', message: 'none' } }];
      return searchParams.size > 0
        ? [400, { NeutronError: { type: 'BadRequest', message } }]
        : [200, { tap_flows: rows }];
    });
    const shown = await run(['tap', 'flow', 'show', 'db', '-f', 'value', '-c', 'id', '--os-endpoint', url]);
    expect(shown).toEqual({ exitCode: 0, stdout: '2\n', stderr: '' });
    const listed = await run([
      'tap',
      'flow',
      'list',
      '--project',
      'red',
      '-f',
      'value',
      '-c',
      'ID',
      '--os-endpoint',
      url,
    ]);
    expect(listed).toEqual({ exitCode: 0, stdout: '1\n', stderr: '' });
  });

  test('that gives lists in pages, behind a proxy that it does not know of', async () => {
    const url = await answers(({ searchParams }) => {
      const marker = Number(searchParams.get('marker') ?? 0);
      const next = { rel: 'next', href: `http://inner.invalid/v2.0/ports?fields=id&marker=${marker + 1}` };
      const previous = { rel: 'previous', href: 'http://inner.invalid/v2.0/ports' };
      const ports = marker < 3 ? [{ id: String(marker) }] : [];
      return [200, { ports, ports_links: [previous, next] }];
    });
    const { stdout } = await run(['port', 'list', '-f', 'value', '-c', 'ID', '--os-endpoint', url]);
    expect(stdout).toBe('0\n1\n2\n');
  });

  test('that sends a token on to nobody else', async () => {
    const asked: string[] = [];
    const other = await answering((request, response) => {
      asked.push(request.url ?? '');
      noPorts(request, response);
    });
    const url = await answering((_, response) => response.writeHead(307, { location: `${other}/v2.0/ports` }).end());
    await expectSentence(url, `${url} redirects to ${other}; give the right URL with --os-endpoint (OS_ENDPOINT)`);
    expect(asked).toEqual([]);
  });
});

describe('a token that no header can hold', () => {
  test.each(['very-secret\n', 'very secret', 'very-sécret'])('%j is refused before anything is sent', async (token) => {
    const { exitCode, stderr } = await run(['port', 'list'], { environment: { OS_TOKEN: token } });
    expect([exitCode, stderr]).toEqual([
      2,
      'taas: --os-token (OS_TOKEN) has spaces or other characters that it cannot have\n',
    ]);
  });
});
