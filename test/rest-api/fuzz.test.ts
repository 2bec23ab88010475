import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tapFlows } from '../../src/rest-api/tap-kinds.ts';
import { cases } from '../support/times.ts';
import { type Answer, NOWHERE, PORT, type Served, serve, TOKEN } from './serve.ts';

/** Whatever comes is answered in the API's own shape, and never by a failure of ours. */
let served: Served;
let service = '';

beforeAll(async () => {
  served = await serve();
  const body = { tap_service: { port_id: PORT.sensor } };
  service = (await served.ask('POST', '/v2.0/taas/tap_services', { body })).body.tap_service.id;
});
afterAll(() => served.close());

const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(PORT.web, PORT.sensor, 'IN', 'BOTH', '10-20', '', null, 'red', '\ud800', '\0'),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown> },
);

const ATTRIBUTES = [
  'id',
  'name',
  'description',
  'port_id',
  'source_port',
  'direction',
  'vlan_filter',
  'status',
  'tenant_id',
  'project_id',
  '__proto__',
  'toString',
];

/** Likely attributes of a tap flow, likely values. */
const flow = fc.dictionary(fc.constantFrom(...ATTRIBUTES), value, { maxKeys: 3 });

const item = fc.oneof(flow, fc.record({ tap_flow: flow }), fc.jsonValue({ maxDepth: 2 }));
const body = fc.oneof(
  fc.record({ tap_flow: item }),
  fc.record({ tap_flows: fc.oneof(fc.array(item, { maxLength: 3 }), fc.jsonValue()) }),
  fc.jsonValue({ maxDepth: 4 }),
);

const sent = fc.oneof(
  { weight: 4, arbitrary: body.map((given) => JSON.stringify(given)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((given) => given.toWellFormed()) },
);

const token = fc.constantFrom(...Object.values(TOKEN));

const path = fc.constantFrom(
  '/v2.0/taas/tap_flows',
  '/v2.0/taas/tap_services',
  `/v2.0/taas/tap_flows/${NOWHERE}`,
  `/v2.0/ports/${PORT.web}`,
);

const type = fc.constantFrom<Record<string, string>>(
  {},
  { 'content-type': 'text/plain' },
  { 'content-type': ';' },
  { 'content-type': 'application/json; charset=x' },
);

/** What every answer keeps, whatever was asked. */
function expectInShape({ status, body: answer }: Answer): void {
  expect(status).toBeLessThan(500);
  if (status >= 400) expect(Object.keys(answer.NeutronError)).toEqual(['type', 'message', 'detail']);
  for (const row of status === 201 ? (answer.tap_flows ?? [answer.tap_flow]) : []) {
    for (const [name, { schema }] of Object.entries(tapFlows.attributes))
      expect(schema.parse(row[name])).toEqual(row[name]);
  }
}

test('any body', { timeout: 120_000 }, async () => {
  const method = fc.constantFrom('POST', 'POST', 'PUT', 'DELETE');
  await fc.assert(
    fc.asyncProperty(method, path, sent, token, type, async (by, to, given, caller, headers) => {
      expectInShape(await served.ask(by, to, { body: given, token: caller, headers }));
    }),
    { numRuns: cases(300) },
  );
});

test('any tap flow that is nearly right', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(flow, async (given) => {
      const tap_flow = { tap_service_id: service, source_port: PORT.web, direction: 'IN', ...given };
      expectInShape(await served.ask('POST', '/v2.0/taas/tap_flows', { body: { tap_flow } }));
    }),
    { numRuns: cases(300) },
  );
});

const parameter = fc.oneof(
  fc.constantFrom(
    'limit=1',
    'limit=0',
    'marker=x',
    `marker=${NOWHERE}`,
    'page_reverse=True',
    'sort_key=name&sort_dir=asc',
    'sort_dir=desc',
    'fields=id',
    'fields=toString',
    'name=x',
    'vlan_filter=',
    'admin_state_up=true',
    'fixed_ips=',
    '__proto__=x',
    'binding:host_id=host-1',
    'a=%',
    '%ff=%00',
  ),
  fc.webQueryParameters(),
  fc.string().map(encodeURIComponentSafely),
);

function encodeURIComponentSafely(given: string): string {
  return encodeURIComponent(given.toWellFormed());
}

const place = fc.oneof(
  fc.constantFrom(
    '/v2.0/taas/tap_flows',
    '/v2.0/taas/tap_services',
    '/v2.0/ports',
    '/v2.0/networks',
    '/v2.0/extensions',
    '/v2.0/',
    '/',
  ),
  fc.webPath(),
  fc.webSegment().map((segment) => `/v2.0/ports/${segment}`),
);

test('any path and query', { timeout: 120_000 }, async () => {
  const query = fc.array(parameter, { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('GET', 'DELETE'), place, query, token, async (by, to, parameters, caller) => {
      expectInShape(await served.ask(by, `${to}?${parameters.join('&')}`, { token: caller }));
    }),
    { numRuns: cases(300) },
  );
});

test('a body that is nested as deep as it is long', async () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  for (const given of [
    deep,
    `{"tap_flow":${deep}}`,
    `{"tap_flow":{"name":${deep},"tap_service_id":1,"source_port":1,"direction":1}}`,
    `{"tap_flow":{"project_id":${deep}}}`,
  ]) {
    expect((await served.ask('POST', '/v2.0/taas/tap_flows', { body: given, token: TOKEN.admin })).status).toBe(400);
  }
});
