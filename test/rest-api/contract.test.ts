import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOWHERE, PORT, type Served, serve, TOKEN } from './serve.ts';

const SERVICES = '/v2.0/taas/tap_services';
const FLOWS = '/v2.0/taas/tap_flows';
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

async function createService(more: object = {}): Promise<string> {
  const { body } = await served.ask('POST', SERVICES, { body: { tap_service: { port_id: PORT.sensor, ...more } } });
  return body.tap_service.id;
}

async function createFlow(service: string, more: object = {}): Promise<string> {
  const flow = { tap_service_id: service, source_port: PORT.web, direction: 'BOTH', ...more };
  return (await served.ask('POST', FLOWS, { body: { tap_flow: flow } })).body.tap_flow.id;
}

describe('taps', () => {
  test('a tap service: its seven keys, its life', async () => {
    const given = { port_id: PORT.sensor.toUpperCase(), name: '名 ☂', description: 'd' };
    const created = await served.ask('POST', SERVICES, { body: { tap_service: given } });
    const shown = {
      id: UUID,
      tenant_id: 'red',
      project_id: 'red',
      name: '名 ☂',
      description: 'd',
      port_id: PORT.sensor,
      status: 'DOWN',
    };
    expect([created.status, created.body]).toEqual([201, { tap_service: shown }]);
    const { id } = created.body.tap_service;

    await served.report('tap_service', id, 'ACTIVE');
    const active = { tap_service: { ...shown, id, status: 'ACTIVE' } };
    expect((await served.ask('GET', `${SERVICES}/${id.toUpperCase()}`)).body).toEqual(active);
    expect((await served.ask('GET', SERVICES)).body).toEqual({ tap_services: [active.tap_service] });

    const updated = await served.ask('PUT', `${SERVICES}/${id}`, {
      body: { tap_service: { name: '', description: 'e' } },
    });
    const renamed = { tap_service: { ...active.tap_service, name: '', description: 'e' } };
    expect([updated.status, updated.body]).toEqual([200, renamed]);
    expect((await served.ask('PUT', `${SERVICES}/${id}`, { body: { tap_service: {} } })).body).toEqual(renamed);

    const deleted = await served.ask('DELETE', `${SERVICES}/${id}`);
    expect([deleted.status, deleted.body, deleted.headers.get('content-type')]).toEqual([204, undefined, null]);
    expect((await served.ask('GET', `${SERVICES}/${id}`)).body.tap_service.status).toBe('PENDING_DELETE');
    await served.report('tap_service', id, 'INACTIVE');
    expect((await served.ask('GET', `${SERVICES}/${id}`)).status).toBe(404);
  });

  test('a tap flow: its ten keys, its defaults, and that it goes with its service', async () => {
    const service = await createService();
    const minimal = { tap_service_id: service, source_port: PORT.web, direction: 'OUT' };
    const { status, body } = await served.ask('POST', FLOWS, { body: { tap_flow: minimal } });
    const { id } = body.tap_flow;
    const rest = {
      id: UUID,
      tenant_id: 'red',
      project_id: 'red',
      name: '',
      description: '',
      status: 'DOWN',
      vlan_filter: null,
    };
    expect([status, body]).toEqual([201, { tap_flow: { ...minimal, ...rest } }]);
    const filtered = await createFlow(service, { vlan_filter: '0-4095,7', name: ' any text\n ' });
    expect((await served.ask('GET', `${FLOWS}/${filtered}`)).body.tap_flow).toMatchObject({
      vlan_filter: '0-4095,7',
      name: ' any text\n ',
    });
    await served.report('tap_flow', id, 'ERROR');
    expect((await served.ask('GET', `${FLOWS}/${id}`)).body.tap_flow.status).toBe('ERROR');
    expect((await served.ask('DELETE', `${SERVICES}/${service}`)).status).toBe(204);
    expect((await served.ask('GET', FLOWS)).body).toEqual({ tap_flows: [] });
  });

  test('names are counted in characters: 255 beyond the first plane are not too many', async () => {
    const id = await createService({ name: '🦊'.repeat(255), description: '🦊'.repeat(1024) });
    expect((await served.ask('GET', `${SERVICES}/${id}`)).body.tap_service.name).toBe('🦊'.repeat(255));
  });

  test('an administrator creates for others, and sees all', async () => {
    const own = await served.ask('POST', SERVICES, {
      token: TOKEN.admin,
      body: { tap_service: { port_id: PORT.sensor, tenant_id: 'red' } },
    });
    expect([own.status, own.body.tap_service.project_id]).toEqual([201, 'red']);
    await served.ask('POST', SERVICES, { token: TOKEN.stranger, body: { tap_service: { port_id: PORT.foreign } } });
    const listed = async (token: string) => (await served.ask('GET', SERVICES, { token })).body.tap_services.length;
    expect([
      await listed(TOKEN.admin),
      await listed(TOKEN.member),
      await listed(TOKEN.reader),
      await listed(TOKEN.stranger),
    ]).toEqual([2, 1, 1, 1]);
  });

  test('several at once: bare or wrapped, all or none, an answer in their order', async () => {
    const items = [{ port_id: PORT.sensor, name: 'a' }, { tap_service: { port_id: PORT.web, name: 'b' } }];
    const { status, body } = await served.ask('POST', SERVICES, { body: { tap_services: items } });
    expect([status, body.tap_services.map(({ name }: { name: string }) => name)]).toEqual([201, ['a', 'b']]);
    expect(body.tap_services[0]).toEqual(
      (await served.ask('GET', `${SERVICES}/${body.tap_services[0].id}`)).body.tap_service,
    );
    const failing = [{ port_id: PORT.sensor }, { port_id: NOWHERE }];
    expect((await served.ask('POST', SERVICES, { body: { tap_services: failing } })).body.NeutronError.type).toBe(
      'PortNotFound',
    );
    expect((await served.ask('GET', SERVICES)).body.tap_services).toHaveLength(2);
  });

  test('what is no error: two services on one port, equal flows, a flow on a service that is down, an unplugged port', async () => {
    const [service] = [await createService(), await createService()];
    const ids = [
      await createFlow(service),
      await createFlow(service),
      await createFlow(service, { source_port: PORT.db }),
    ];
    expect(new Set(ids).size).toBe(3);
  });
});

test('quotas, and the numbers of services, end in a 409', async () => {
  await served.close();
  served = await serve({ quota: 2, taasIds: { first: 7, last: 7 } });
  const body = { tap_service: { port_id: PORT.sensor } };
  const first = await served.ask('POST', SERVICES, { body });
  expect((await served.ask('POST', SERVICES, { body })).body.NeutronError).toEqual({
    type: 'TapServiceLimitReached',
    message: 'Reached the maximum quota for Tap Services',
    detail: '',
  });
  const flow = { tap_service_id: first.body.tap_service.id, source_port: PORT.web, direction: 'IN' };
  const refused = await served.ask('POST', FLOWS, { body: { tap_flows: [flow, flow, flow] } });
  expect([refused.status, refused.body.NeutronError.message]).toEqual([
    409,
    "Quota exceeded for resources: ['tap_flow'].",
  ]);
  expect((await served.ask('POST', FLOWS, { body: { tap_flows: [flow, flow] } })).status).toBe(201);
});

describe('paths', () => {
  test('one resource has many spellings', async () => {
    const id = await createService();
    const prefixes = ['/v2.0/taas/tap_services', '/v2.0/tap_services'];
    const paths = prefixes.flatMap((path) => [`${path}/${id}`, `${path}/${id}.json`, `${path}/${id}/`]);
    for (const path of paths) expect([path, (await served.ask('GET', path)).body.tap_service?.id]).toEqual([path, id]);
    for (const path of prefixes.flatMap((prefix) => [prefix, `${prefix}.json`, `${prefix}/`])) {
      expect([path, (await served.ask('GET', path)).body.tap_services?.length]).toEqual([path, 1]);
    }
    expect((await served.ask('DELETE', `/v2.0/tap_services/${id}.json`)).status).toBe(204);
  });

  test.each([
    [SERVICES, 'GET, POST'],
    [FLOWS, 'GET, POST'],
    [`${SERVICES}/${NOWHERE}`, 'GET, PUT, DELETE'],
    [`${FLOWS}/${NOWHERE}`, 'GET, PUT, DELETE'],
    ['/v2.0/ports', 'GET'],
    [`/v2.0/ports/${NOWHERE}`, 'GET, PUT'],
    ['/v2.0/networks', 'GET'],
    ['/v2.0/', 'GET'],
    ['/', 'GET'],
    ['/healthz', 'GET'],
    ['/openapi.json', 'GET'],
  ])('%s has %s and no other method', async (path, allow) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await served.ask(method, path);
      const allowed = allow.split(', ').includes(method);
      expect([method, answer.status === 405, answer.headers.get('allow')]).toEqual([
        method,
        !allowed,
        allowed ? null : allow,
      ]);
      if (method === 'PATCH') expect(answer.body.NeutronError.type).toBe('HTTPMethodNotAllowed');
    }
  });

  test('versions, resources and extensions', async () => {
    const origin = served.url;
    const root = await served.ask('GET', '/', { token: '' });
    const links = [{ rel: 'self', href: `${origin}/v2.0/` }];
    expect(root.body).toEqual({ versions: [{ id: 'v2.0', status: 'CURRENT', links }] });
    const proxied = await served.ask('GET', '/', { headers: { 'x-forwarded-proto': 'https' } });
    expect(proxied.body.versions[0].links[0].href).toBe(`${origin.replace('http', 'https')}/v2.0/`);

    const { resources } = (await served.ask('GET', '/v2.0/')).body;
    const hrefs = resources.map(({ links: [{ href }] }: { links: [{ href: string }] }) => href);
    for (const href of hrefs) expect((await served.ask('GET', href.replace(origin, ''))).status).toBe(200);
    expect((await served.ask('GET', '/v2.0')).body.resources.map(({ name }: { name: string }) => name)).toEqual([
      'network',
      'port',
      'tap_service',
      'tap_flow',
    ]);

    const { extensions } = (await served.ask('GET', '/v2.0/extensions.json')).body;
    expect(extensions.map(({ alias }: { alias: string }) => alias)).toEqual(['taas', 'taas-vlan-filter']);
    expect((await served.ask('GET', '/v2.0/extensions/taas')).body).toEqual({
      extension: {
        alias: 'taas',
        name: 'Neutron Tap as a Service',
        description: 'Neutron Tap as a Service Extension.',
        updated: '2015-01-14T10:00:00-00:00',
        links: [],
      },
    });
  });
});

describe('the inventory', () => {
  test("a port has what Neutron's clients look for", async () => {
    const { body } = await served.ask('GET', `/v2.0/ports/${PORT.db}.json`);
    expect(body.port).toEqual({
      id: PORT.db,
      name: 'db',
      description: '',
      network_id: UUID,
      tenant_id: 'red',
      project_id: 'red',
      mac_address: 'fa:16:3e:00:00:02',
      admin_state_up: true,
      status: 'DOWN',
      device_id: '',
      device_owner: '',
      fixed_ips: [],
      security_groups: [],
      'binding:host_id': 'host-1',
      'binding:vnic_type': 'normal',
      'binding:vif_type': 'ovs',
    });
    const { network } = (await served.ask('GET', `/v2.0/networks/${body.port.network_id}`)).body;
    expect(network).toEqual({
      id: body.port.network_id,
      name: 'vlan-12',
      description: '',
      tenant_id: '',
      project_id: '',
      admin_state_up: true,
      status: 'ACTIVE',
      shared: true,
      'router:external': false,
      subnets: [],
      'provider:segmentation_id': 12,
    });
    const names = (await served.ask('GET', '/v2.0/networks?sort_key=provider:segmentation_id&sort_dir=desc')).body
      .networks;
    expect(names.map(({ name }: { name: string }) => name)).toEqual(['vlan-12', 'vlan-11', 'vlan-10']);
  });

  test('an administrator gives a port to a project, and back to the one that its host names', async () => {
    const path = `/v2.0/ports/${PORT.foreign.toUpperCase()}`;
    const assign = async (port: object) =>
      (await served.ask('PUT', path, { token: TOKEN.admin, body: { port } })).body.port.tenant_id;
    expect(await assign({ project_id: 'red' })).toBe('red');
    expect((await served.ask('GET', path)).status).toBe(200);
    expect(await assign({})).toBe('red');
    expect(await assign({ tenant_id: null })).toBe('blue');
    expect((await served.ask('GET', path)).status).toBe(404);
  });
});

test('a failure of ours is traced with its reason, and not told', async () => {
  await served.close();
  const broken = () => {
    throw new Error('disk gone');
  };
  const { plane } = served;
  served = await serve({ controlPlane: Object.assign(Object.create(plane.controlPlane), { list: broken }) });
  const { status, body } = await served.ask('GET', SERVICES);
  const message = 'Request Failed: internal server error while processing your request.';
  expect([status, body.NeutronError]).toEqual([500, { type: 'HTTPInternalServerError', message, detail: '' }]);
  const failed = served.traces.find(({ kind }) => kind === 'request_failed');
  expect(failed).toMatchObject({ error: { message: 'disk gone' } });
});

test('every request is traced, by its pattern and without its query', async () => {
  const { headers } = await served.ask('GET', `/v2.0/tap_flows/${NOWHERE}.json?fields=secret`);
  await served.ask('GET', '/secret', { token: 'secret' });
  await served.close();
  const answered = served.traces.filter(({ kind }) => kind === 'request_answered');
  const milliseconds = expect.any(Number);
  const requestId = headers.get('x-openstack-request-id');
  expect(answered).toEqual([
    {
      kind: 'request_answered',
      requestId,
      method: 'GET',
      route: '/v2.0/taas/tap_flows/:id',
      status: 404,
      milliseconds,
      projectId: 'red',
    },
    {
      kind: 'request_answered',
      requestId: expect.any(String),
      method: 'GET',
      route: null,
      status: 401,
      milliseconds,
      projectId: null,
    },
  ]);
  expect(served.traces).toContainEqual(
    expect.objectContaining({ kind: 'token_refused', reason: 'unknown', address: '127.0.0.1' }),
  );
  expect(JSON.stringify(served.traces)).not.toContain('secret');
});
