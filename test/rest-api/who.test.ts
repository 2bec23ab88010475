import { afterEach, expect, test } from 'vitest';
import { noauth } from '../../src/rest-api/noauth.ts';
import { PORT, type Served, serve, TOKEN } from './serve.ts';

let served: Served;
afterEach(() => served.close());

const SERVICES = '/v2.0/taas/tap_services';

test('with noauth every caller is an administrator, in the project that he names, else in default', async () => {
  served = await serve({ authenticate: noauth });
  const ports = { default: PORT.web, red: PORT.sensor };
  await served.ask('PUT', `/v2.0/ports/${PORT.web}`, { body: { port: { project_id: 'default' } } });
  for (const [project, port_id] of Object.entries(ports)) {
    const headers: Record<string, string> = project === 'default' ? {} : { 'x-project-id': project };
    const { body } = await served.ask('POST', SERVICES, { headers, token: '', body: { tap_service: { port_id } } });
    expect(body.tap_service.project_id).toBe(project);
  }
  expect((await served.ask('GET', SERVICES, { headers: { 'x-project-id': 'nobody' } })).body.tap_services).toHaveLength(
    2,
  );
  const refused = await served.ask('GET', SERVICES, { headers: { 'x-project-id': 'a b' } });
  expect([refused.status, refused.body.NeutronError.message]).toEqual([
    400,
    'The header X-Project-Id must be 1 to 255 visible ASCII characters',
  ]);
});

test('two members see and touch nothing of each other', async () => {
  served = await serve();
  const { ask } = served;
  const create = async (token: string, port_id: string) =>
    (await ask('POST', SERVICES, { token, body: { tap_service: { port_id } } })).body.tap_service.id;
  const [red, blue] = [await create(TOKEN.member, PORT.sensor), await create(TOKEN.stranger, PORT.foreign)];
  for (const [token, own, other] of [
    [TOKEN.member, red, blue],
    [TOKEN.stranger, blue, red],
  ] as const) {
    const listed = (await ask('GET', SERVICES, { token })).body.tap_services;
    expect(listed.map(({ id }: { id: string }) => id)).toEqual([own]);
    expect((await ask('GET', `${SERVICES}?id=${other}`, { token })).body.tap_services).toEqual([]);
    const flow = { tap_service_id: other, source_port: PORT.web, direction: 'IN' };
    const answers = [
      await ask('GET', `${SERVICES}/${other}`, { token }),
      await ask('PUT', `${SERVICES}/${other}`, { token, body: { tap_service: { name: 'x' } } }),
      await ask('DELETE', `${SERVICES}/${other}`, { token }),
      await ask('POST', '/v2.0/taas/tap_flows', { token, body: { tap_flow: flow } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    for (const { body } of answers) expect(body.NeutronError.message).toBe(`Tap Service  ${other} does not exist`);
  }
  const ports = (await ask('GET', '/v2.0/ports?fields=name', { token: TOKEN.stranger })).body.ports;
  expect(ports).toEqual([{ name: 'foreign' }]);
});

test('who is not known is told how to become known, wherever he knocks, but where all may', async () => {
  const state = { ready: false as const, reason: 'the bus is away' };
  served = await serve({ readiness: () => state });
  const refused = await served.ask('DELETE', '/v2.0/nothing', { token: '' });
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'X-Auth-Token']);
  for (const [path, status, body] of [
    ['/healthz', 200, 'ok\n'],
    ['/readyz', 503, 'the bus is away\n'],
  ] as const) {
    const answer = await served.ask('GET', path, { token: '' });
    expect([answer.status, answer.body, answer.headers.get('content-type')]).toEqual([
      status,
      body,
      'text/plain; charset=utf-8',
    ]);
  }
  await served.close();
  served = await serve();
  expect((await served.ask('GET', '/readyz', { token: '' })).body).toBe('ready\n');
});
