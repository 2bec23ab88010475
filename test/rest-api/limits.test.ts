import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { makeCertificates } from '../ovsdb-client/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { openRaw } from './raw-connection.ts';
import { PORT, type Served, serve, TOKEN } from './serve.ts';

let served: Served;
afterEach(() => served.close());

const SERVICES = '/v2.0/taas/tap_services';
const HEAD = `X-Auth-Token: ${TOKEN.member}\r\nHost: x\r\n`;
const BODY = JSON.stringify({ tap_service: { port_id: PORT.sensor } });
const POST = `POST ${SERVICES} HTTP/1.1\r\n${HEAD}Content-Length: ${BODY.length}\r\n\r\n`;

const neutronError = (type: string, message: string) => ({ NeutronError: { type, message, detail: '' } });

test('a body may be as long as the limit, and no longer', async () => {
  served = await serve({ limits: { bodyBytes: 200 } });
  const post = (length: number) => served.ask('POST', SERVICES, { body: BODY.padEnd(length) });
  expect((await post(200)).status).toBe(201);
  const { status, body } = await post(201);
  expect(status).toBe(413);
  expect(body).toEqual(neutronError('HTTPRequestEntityTooLarge', 'The body of a request must not exceed 200 bytes.'));
});

test.each([
  [
    'a long header',
    `GET / HTTP/1.1\r\nX: ${'x'.repeat(2000)}\r\n\r\n`,
    431,
    'HTTPRequestHeaderFieldsTooLarge',
    'The header of the request is too long.',
  ],
  ['no HTTP', 'hello there\r\n\r\n', 400, 'HTTPBadRequest', 'What was received is not an HTTP request.'],
  ['a header that does not end', 'GET / HTTP/1.1\r\n', 408, 'HTTPRequestTimeout', 'The request did not come in time.'],
  ['a body that does not end', POST, 408, 'HTTPRequestTimeout', 'The request did not come in time.'],
])('%s is answered in the shape of all errors, and the connection closed', async (_of, sent, status, type, message) => {
  // What comes whole is not to be late on a machine that is slow at that moment.
  const requestMs = status === 408 ? 400 : 60_000;
  served = await serve({ limits: { headerBytes: 1024, requestMs } });
  const connection = await openRaw(served.url);
  connection.send(sent);
  const [head = '', body = ''] = (await connection.received).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*X-Openstack-Request-Id: req-`, 's'));
  expect(JSON.parse(body)).toEqual(neutronError(type, message));
  expect(served.traces).toContainEqual(expect.objectContaining({ kind: 'connection_refused' }));
});

test.each([
  ['GET / HTTP/1.1', 400, neutronError('HTTPBadRequest', 'The request has no header Host.')],
  ['GET / HTTP/1.0', 200, undefined],
])('%s without a header Host', async (line, status, error) => {
  served = await serve();
  const connection = await openRaw(served.url);
  connection.send(`${line}\r\nConnection: close\r\n\r\n`);
  const [head = '', body = ''] = (await connection.received).split('\r\n\r\n');
  const links = [{ rel: 'self', href: `${served.url}/v2.0/` }];
  expect(head).toContain(` ${status} `);
  expect(JSON.parse(body)).toEqual(error ?? { versions: [{ id: 'v2.0', status: 'CURRENT', links }] });
});

test.each([
  ['silent', { idleMs: 100, requestMs: 600_000 }, '', /^$/],
  ['no longer needed', { keepAliveMs: 100 }, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', /ok\n$/],
])('a connection that is %s is closed', async (_of, limits, sent, received) => {
  served = await serve({ limits });
  const connection = await openRaw(served.url);
  connection.send(sent);
  expect(await connection.received).toMatch(received);
});

test('requests of one address are counted, those with wrong tokens too, but not the probes', async () => {
  served = await serve({ limits: { requestsPerMinute: 3 } });
  const statuses: number[] = [];
  for (const token of ['guess', TOKEN.member, 'another', TOKEN.member]) {
    statuses.push((await served.ask('GET', '/v2.0/nothing', { token })).status);
  }
  expect(statuses).toEqual([401, 404, 401, 429]);
  const { headers, body } = await served.ask('GET', SERVICES);
  const seconds = Number(headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  const message = `More than 3 requests in a minute came from this address; try again in ${seconds} seconds.`;
  expect(body).toEqual(neutronError('HTTPTooManyRequests', message));
  expect((await served.ask('GET', '/healthz')).status).toBe(200);
});

test('answers say nothing of what serves them', async () => {
  served = await serve();
  const { headers } = await served.ask('GET', SERVICES);
  const known = ['connection', 'content-length', 'content-type', 'date', 'keep-alive', 'x-openstack-request-id'];
  expect([...headers.keys()].sort()).toEqual(known);
});

describe('closing', () => {
  test('answers what is under way, and takes nothing new', async () => {
    served = await serve({ limits: { drainMs: 600_000, keepAliveMs: 600_000 } });
    const connection = await openRaw(served.url);
    connection.send(`GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${POST}`);
    await connection.answered;
    const closed = served.close();
    await eventually(
      () =>
        fetch(served.url).then(
          () => false,
          () => true,
        ),
      { what: 'no new connections' },
    );
    connection.send(`${BODY}GET ${SERVICES} HTTP/1.1\r\n${HEAD}\r\n`);
    const received = await connection.received;
    expect(received).toMatch(/HTTP\/1.1 201 .*"status":"DOWN".*HTTP\/1.1 200 .*"status":"DOWN"/s);
    await closed;
  });

  test('does not wait for ever for one who does not go on', async () => {
    served = await serve({ limits: { drainMs: 100 } });
    const connection = await openRaw(served.url);
    connection.send(`GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${POST}`);
    await connection.answered;
    await served.close();
    expect(await connection.received.catch((error: Error) => error.message)).not.toContain('201');
  });
});

describe('TLS', () => {
  async function get(url: string, options: object): Promise<string> {
    const asked = request(`${url.replace('http:', 'https:')}/healthz`, {
      checkServerIdentity: () => undefined,
      agent: false,
      ...options,
    });
    asked.end();
    const [answer] = await once(asked, 'response');
    return text(answer);
  }

  test('with a certificate of ours, and of the caller where an authority for them is given', async () => {
    const certificates = await makeCertificates();
    try {
      const server = await certificates.tls('server', 'ca');
      const { ca, certificate: cert, privateKey: key } = await certificates.tls('client', 'ca');
      const stranger = await certificates.tls('stranger', 'ca');
      const texts = { certificate: server.certificate ?? '', key: server.privateKey ?? '' };
      served = await serve({ tls: texts });
      expect(await get(served.url, { ca })).toBe('ok\n');
      await expect(get(served.url, { ca, maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow();
      await served.close();
      served = await serve({ tls: { ...texts, clientCa: ca ?? '' } });
      expect(await get(served.url, { ca, cert, key })).toBe('ok\n');
      await expect(get(served.url, { ca })).rejects.toThrow();
      await expect(get(served.url, { ca, cert: stranger.certificate, key: stranger.privateKey })).rejects.toThrow();
    } finally {
      await certificates.remove();
    }
  });
});
