import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AskOptions, NOWHERE, PORT, type Served, serve, TOKEN } from './serve.ts';

/** The error table of Neutron's contract, row by row, against a server with one tap service and one tap flow of project red. */
let served: Served;
const known = { service: '', flow: '' };

beforeAll(async () => {
  served = await serve();
  const service = await served.ask('POST', '/v2.0/taas/tap_services', {
    body: { tap_service: { port_id: PORT.sensor } },
  });
  known.service = service.body.tap_service.id;
  const flow = { tap_service_id: known.service, source_port: PORT.web, direction: 'BOTH' };
  known.flow = (await served.ask('POST', '/v2.0/taas/tap_flows', { body: { tap_flow: flow } })).body.tap_flow.id;
});

afterAll(() => served.close());

const SERVICES = '/v2.0/taas/tap_services';
const FLOWS = '/v2.0/taas/tap_flows';
const service = (more: object) => ({ tap_service: { port_id: PORT.sensor, ...more } });
const flow = (more: object) => ({
  tap_flow: { tap_service_id: known.service, source_port: PORT.db, direction: 'IN', ...more },
});

interface Case {
  readonly of: string;
  readonly ask: () => readonly [method: string, path: string, options?: AskOptions];
  readonly status: number;
  readonly type?: string;
  readonly message: string | (() => string);
}

const post = (path: string, body: unknown, token?: string) => ['POST', path, { body, token }] as const;
const put = (path: string, body: unknown, token?: string) => ['PUT', path, { body, token }] as const;

const FOREIGN =
  "Specifying 'project_id' other than the authenticated project in request is not allowed for the current user.";

const long = (length: number) => 'x'.repeat(length);

const cases: readonly Case[] = [
  // 1
  ...[undefined, {}, { tap_flow: {} }, { tap_service: null }].map((body) => ({
    of: `1 body ${JSON.stringify(body)}`,
    ask: () => post(SERVICES, body),
    status: 400,
    message: "Unable to find 'tap_service' in request body",
  })),
  {
    of: '1 PUT without a body',
    ask: () => ['PUT', `${FLOWS}/${known.flow}`],
    status: 400,
    message: "Unable to find 'tap_flow' in request body",
  },
  // 2
  ...['{', '[]', '"x"', '7', 'null', Buffer.from(JSON.stringify(service({ name: 'ÿ' })), 'latin1')].map((body) => ({
    of: `2 body ${body}`,
    ask: () => post(SERVICES, body),
    status: 400,
    message: 'Body contains invalid data',
  })),
  {
    of: '2 bulk of a number',
    ask: () => post(SERVICES, { tap_services: [7] }),
    status: 400,
    message: 'Body contains invalid data',
  },
  {
    of: '2 bulk is a number',
    ask: () => post(SERVICES, { tap_services: 7 }),
    status: 400,
    message: 'Body contains invalid data',
  },
  // 3
  ...[[], 'x', 7].map((value) => ({
    of: `3 resource ${JSON.stringify(value)}`,
    ask: () => post(SERVICES, { tap_service: value }),
    status: 400,
    message: "Object 'tap_service' contains invalid data",
  })),
  {
    of: '3 bulk of a text',
    ask: () => post(FLOWS, { tap_flows: ['x'] }),
    status: 400,
    message: "Object 'tap_flow' contains invalid data",
  },
  {
    of: '3 bulk is an object',
    ask: () => post(FLOWS, { tap_flows: { a: 1 } }),
    status: 400,
    message: "Object 'tap_flow' contains invalid data",
  },
  // 4
  { of: '4', ask: () => post(SERVICES, service({ foo: 1 })), status: 400, message: "Unrecognized attribute(s) 'foo'" },
  {
    of: '4 several',
    ask: () => put(`${SERVICES}/${known.service}`, { tap_service: { a: 1, b: 1 } }),
    status: 400,
    message: "Unrecognized attribute(s) 'a, b'",
  },
  {
    of: '4 of every object',
    ask: () => post(SERVICES, '{"tap_service":{"__proto__":1}}'),
    status: 400,
    message: "Unrecognized attribute(s) '__proto__'",
  },
  {
    of: '4 inherited',
    ask: () => post(SERVICES, service({ constructor: 1 })),
    status: 400,
    message: "Unrecognized attribute(s) 'constructor'",
  },
  // 5
  {
    of: '5 service',
    ask: () => post(SERVICES, { tap_service: {} }),
    status: 400,
    message: "Failed to parse request. Required attribute 'port_id' not specified",
  },
  ...(['tap_service_id', 'source_port', 'direction'] as const).map((name) => ({
    of: `5 flow without ${name}`,
    ask: () => post(FLOWS, flow({ [name]: undefined })),
    status: 400,
    message: `Failed to parse request. Required attribute '${name}' not specified`,
  })),
  {
    of: '5 in a bulk',
    ask: () => post(SERVICES, { tap_services: [{ port_id: PORT.sensor }, {}] }),
    status: 400,
    message: "Failed to parse request. Required attribute 'port_id' not specified",
  },
  // 6
  {
    of: '6 status',
    ask: () => post(SERVICES, service({ status: 'ACTIVE' })),
    status: 400,
    message: "Attribute 'status' not allowed in POST",
  },
  {
    of: '6 id',
    ask: () => post(FLOWS, flow({ id: NOWHERE })),
    status: 400,
    message: "Attribute 'id' not allowed in POST",
  },
  // 7
  ...['id', 'status', 'tap_service_id', 'source_port', 'direction', 'vlan_filter'].map((name) => ({
    of: `7 flow ${name}`,
    ask: () => put(`${FLOWS}/${known.flow}`, { tap_flow: { [name]: 'IN' } }),
    status: 400,
    message: `Cannot update read-only attribute ${name}`,
  })),
  {
    of: '7 service port_id',
    ask: () => put(`${SERVICES}/${known.service}`, { tap_service: { port_id: PORT.web } }),
    status: 400,
    message: 'Cannot update read-only attribute port_id',
  },
  // Both names of the owner are in the body by then, and the older comes first in Neutron's table.
  {
    of: '7 own project',
    ask: () => put(`${SERVICES}/${known.service}`, { tap_service: { project_id: 'red' } }),
    status: 400,
    message: 'Cannot update read-only attribute tenant_id',
  },
  {
    of: '7 PUT of several',
    ask: () => put(`${SERVICES}/${known.service}`, { tap_services: [{}] }),
    status: 400,
    message: 'Bulk operation not supported',
  },
  // 8
  ...[
    ['x', "'x'"],
    [7, "'7'"],
    [null, "'None'"],
    [['a'], "'['a']'"],
    [{ a: true }, "'{'a': True}'"],
    [`${PORT.sensor}0`, `'${PORT.sensor}0'`],
  ].map(([value, shown]) => ({
    of: `8 ${JSON.stringify(value)}`,
    ask: () => post(SERVICES, { tap_service: { port_id: value } }),
    status: 400,
    message: `Invalid input for port_id. Reason: ${shown} is not a valid UUID.`,
  })),
  // 9
  ...[
    ['in', 'in'],
    [null, 'None'],
    [['IN'], "['IN']"],
  ].map(([value, shown]) => ({
    of: `9 ${JSON.stringify(value)}`,
    ask: () => post(FLOWS, flow({ direction: value })),
    status: 400,
    message: `Invalid input for direction. Reason: ${shown} is not in valid_values.`,
  })),
  // 10, and Neutron's holes closed
  ...['a', '', '1,', '-1', '1-', ' 1', '4096', '1-4096', '20-10', '1-2-3', 7].map((value) => ({
    of: `10 ${JSON.stringify(value)}`,
    ask: () => post(FLOWS, flow({ vlan_filter: value })),
    status: 400,
    message: `Invalid input for vlan_filter. Reason: '${value}' is not a valid input.`,
  })),
  // 11, and Neutron's 500 for long ones closed
  ...(['name', 'description'] as const).flatMap((name) =>
    [
      [null, 'None'],
      [7, '7'],
      [false, 'False'],
      ['a\0b', 'a\0b'],
      ['\ud800', '\ud800'],
    ].map(([value, shown]) => ({
      of: `11 ${name} ${JSON.stringify(value)}`,
      ask: () => put(`${FLOWS}/${known.flow}`, { tap_flow: { [name]: value } }),
      status: 400,
      message: `Invalid input for ${name}. Reason: '${shown}' is not a valid string.`,
    })),
  ),
  ...[' ', ' x', 'x ', 'a\nb', '\u2028'].map((name) => ({
    of: `11 name of a service ${JSON.stringify(name)}`,
    ask: () => post(SERVICES, service({ name })),
    status: 400,
    message: `Invalid input for name. Reason: '${name}' is not a valid string.`,
  })),
  {
    of: '11 long name',
    ask: () => post(SERVICES, service({ name: long(256) })),
    status: 400,
    message: `Invalid input for name. Reason: '${long(256)}' exceeds maximum length of 255.`,
  },
  {
    of: '11 long description',
    ask: () => put(`${FLOWS}/${known.flow}`, { tap_flow: { description: long(1025) } }),
    status: 400,
    message: `Invalid input for description. Reason: '${long(1025)}' exceeds maximum length of 1024.`,
  },
  // 12
  {
    of: '12',
    ask: () => post(SERVICES, service({ project_id: 'a', tenant_id: 'b' }), TOKEN.admin),
    status: 400,
    message: "'project_id' and 'tenant_id' do not match",
  },
  // 13
  ...['project_id', 'tenant_id'].map((name) => ({
    of: `13 ${name}`,
    ask: () => post(SERVICES, service({ [name]: 'blue' })),
    status: 400,
    message: FOREIGN,
  })),
  {
    of: '13 PUT',
    ask: () => put(`${SERVICES}/${known.service}`, { tap_service: { tenant_id: 'blue' } }),
    status: 400,
    message: FOREIGN,
  },
  {
    of: 'a project that is none',
    ask: () => post(SERVICES, service({ project_id: '' }), TOKEN.admin),
    status: 400,
    message: "Invalid input for tenant_id. Reason: '' is not a valid string.",
  },
  // 15
  {
    of: '15',
    ask: () => ['DELETE', `${FLOWS}/${known.flow}`, { body: {} }],
    status: 400,
    message: 'Request body is not supported in DELETE.',
  },
  // 16
  ...(['GET', 'PUT', 'DELETE'] as const).flatMap((method) => [
    {
      of: `16 ${method} service`,
      ask: () => [method, `${SERVICES}/${NOWHERE}`, method === 'PUT' ? { body: { tap_service: {} } } : {}] as const,
      status: 404,
      type: 'TapServiceNotFound',
      message: `Tap Service  ${NOWHERE} does not exist`,
    },
    {
      of: `16 ${method} flow of another project`,
      ask: () =>
        [
          method,
          `${FLOWS}/${known.flow}`,
          { token: TOKEN.stranger, ...(method === 'PUT' ? { body: { tap_flow: {} } } : {}) },
        ] as const,
      status: 404,
      type: 'TapFlowNotFound',
      message: () => `Tap Flow  ${known.flow} does not exist`,
    },
  ]),
  {
    of: '16 DELETE with a body',
    ask: () => ['DELETE', `${FLOWS}/${NOWHERE}`, { body: 'x' }],
    status: 404,
    type: 'TapFlowNotFound',
    message: `Tap Flow  ${NOWHERE} does not exist`,
  },
  // 17
  {
    of: '17 unknown',
    ask: () => post(SERVICES, service({ port_id: NOWHERE })),
    status: 404,
    type: 'PortNotFound',
    message: `Port ${NOWHERE} could not be found.`,
  },
  {
    of: '17 not visible',
    ask: () => post(SERVICES, service({ port_id: PORT.foreign })),
    status: 404,
    type: 'PortNotFound',
    message: `Port ${PORT.foreign} could not be found.`,
  },
  // 18
  {
    of: '18',
    ask: () => post(SERVICES, service({}), TOKEN.admin),
    status: 403,
    type: 'PortDoesNotBelongToTenant',
    message: 'The specified port does not belong to the tenant',
  },
  // 19
  {
    of: '19',
    ask: () => post(FLOWS, flow({ tap_service_id: NOWHERE })),
    status: 404,
    type: 'TapServiceNotFound',
    message: `Tap Service  ${NOWHERE} does not exist`,
  },
  // 20
  {
    of: '20',
    ask: () => post(FLOWS, flow({}), TOKEN.admin),
    status: 403,
    type: 'TapServiceNotBelongToTenant',
    message: 'Specified Tap Service does not belong to the tenant',
  },
  // 21, and Neutron's holes closed
  {
    of: '21',
    ask: () => post(FLOWS, flow({ source_port: NOWHERE })),
    status: 404,
    type: 'PortNotFound',
    message: `Port ${NOWHERE} could not be found.`,
  },
  {
    of: 'source port of another project',
    ask: () => post(FLOWS, flow({ source_port: PORT.foreign, project_id: 'red' }), TOKEN.admin),
    status: 403,
    type: 'PortDoesNotBelongToTenant',
    message: 'The specified port does not belong to the tenant',
  },
  {
    of: 'loop',
    ask: () => post(FLOWS, flow({ source_port: PORT.sensor })),
    status: 409,
    type: 'TapFlowLoop',
    message: `The copies of port ${PORT.sensor} would come back to it: its tap service delivers to that port, directly or through other taps`,
  },
  // 25
  {
    of: '25 POST',
    ask: () => post(SERVICES, service({}), TOKEN.reader),
    status: 403,
    type: 'PolicyNotAuthorized',
    message: '(rule:create_tap_service) is disallowed by policy',
  },
  {
    of: '25 POST flow',
    ask: () => post(FLOWS, flow({}), TOKEN.reader),
    status: 403,
    type: 'PolicyNotAuthorized',
    message: '(rule:create_tap_flow) is disallowed by policy',
  },
  {
    of: '25 PUT',
    ask: () => put(`${FLOWS}/${known.flow}`, { tap_flow: {} }, TOKEN.reader),
    status: 403,
    type: 'PolicyNotAuthorized',
    message: '(rule:update_tap_flow) is disallowed by policy',
  },
  {
    of: '25 DELETE',
    ask: () => ['DELETE', `${SERVICES}/${known.service}`, { token: TOKEN.reader }],
    status: 403,
    type: 'PolicyNotAuthorized',
    message: '(rule:delete_tap_service) is disallowed by policy',
  },
  {
    of: '25 unseen',
    ask: () => ['DELETE', `${SERVICES}/${NOWHERE}`, { token: TOKEN.reader }],
    status: 404,
    type: 'TapServiceNotFound',
    message: `Tap Service  ${NOWHERE} does not exist`,
  },
  {
    of: '25 port',
    ask: () => put(`/v2.0/ports/${PORT.web}`, { port: { project_id: 'red' } }),
    status: 403,
    type: 'PolicyNotAuthorized',
    message: '(rule:update_port) is disallowed by policy',
  },
  {
    of: '25 unseen port',
    ask: () => put(`/v2.0/ports/${PORT.foreign}`, { port: {} }),
    status: 404,
    type: 'PortNotFound',
    message: `Port ${PORT.foreign} could not be found.`,
  },
  // 27
  ...[[], '', 0, null, {}].map((value) => ({
    of: `27 ${JSON.stringify(value)}`,
    ask: () => post(SERVICES, { tap_services: value }),
    status: 400,
    message: 'Resources required',
  })),
  // 28
  ...['-1', 'x', '', '1.5'].map((limit) => ({
    of: `28 ${limit}`,
    ask: () => ['GET', `${FLOWS}?limit=${limit}`] as const,
    status: 400,
    type: 'BadRequest',
    message: `Bad limit request: Limit must be an integer 0 or greater and not '${limit}'.`,
  })),
  // Queries
  {
    of: 'filter',
    ask: () => ['GET', `${FLOWS}?nmae=x&limit=1`],
    status: 400,
    message: "['nmae'] is invalid attribute for filtering",
  },
  {
    of: 'sorts',
    ask: () => ['GET', `${FLOWS}?sort_key=name`],
    status: 400,
    message: 'The number of sort_keys and sort_dirs must be same',
  },
  {
    of: 'sort key',
    ask: () => ['GET', `${FLOWS}?sort_key=a&sort_key=b&sort_dir=asc&sort_dir=asc`],
    status: 400,
    message: "['a', 'b'] is invalid attribute for sort_keys",
  },
  {
    of: 'sort by a list',
    ask: () => ['GET', '/v2.0/ports?sort_key=fixed_ips&sort_dir=asc'],
    status: 400,
    message: "['fixed_ips'] is invalid attribute for sort_keys",
  },
  {
    of: 'sort direction',
    ask: () => ['GET', `${FLOWS}?sort_key=name&sort_dir=up`],
    status: 400,
    message: "['up'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'",
  },
  // Ports and networks
  {
    of: 'port',
    ask: () => ['GET', `/v2.0/ports/${PORT.foreign}`],
    status: 404,
    type: 'PortNotFound',
    message: `Port ${PORT.foreign} could not be found.`,
  },
  {
    of: 'network',
    ask: () => ['GET', `/v2.0/networks/${NOWHERE}`],
    status: 404,
    type: 'NetworkNotFound',
    message: `Network ${NOWHERE} could not be found.`,
  },
  {
    of: 'port read-only',
    ask: () => put(`/v2.0/ports/${PORT.web}`, { port: { name: 'x' } }, TOKEN.admin),
    status: 400,
    message: 'Cannot update read-only attribute name',
  },
  {
    of: 'port project',
    ask: () => put(`/v2.0/ports/${PORT.web}`, { port: { project_id: 7 } }, TOKEN.admin),
    status: 400,
    message: "Invalid input for tenant_id. Reason: '7' is not a valid string.",
  },
  // Paths
  ...['/v2.0/tap_mirrors', '/v2.0/taas', '/v2.0/taas/tap_mirrors', '/v3', '/v2.0/subnets', `${SERVICES}/a/b`].map(
    (path) => ({
      of: path,
      ask: () => ['GET', path] as const,
      status: 404,
      type: 'HTTPNotFound',
      message: 'The resource could not be found.',
    }),
  ),
  {
    of: 'POST of extensions',
    ask: () => post('/v2.0/extensions', {}),
    status: 404,
    type: 'HTTPNotFound',
    message: 'The resource could not be found.',
  },
  {
    of: 'extension',
    ask: () => ['GET', '/v2.0/extensions/tap-mirror'],
    status: 404,
    type: 'HTTPNotFound',
    message: 'Extension with alias tap-mirror does not exist',
  },
  {
    of: 'bad escape',
    ask: () => ['GET', '/v2.0/ports/%ff'],
    status: 400,
    message: 'The path is not percent-encoded UTF-8.',
  },
  // Who
  ...['', 'wrong'].map((token) => ({
    of: `401 ${token}`,
    ask: () => ['GET', '/v2.0/anything', { token }] as const,
    status: 401,
    type: 'Unauthorized',
    message: 'The request you have made requires authentication.',
  })),
];

describe('errors', () => {
  test.each(cases)('$of', async ({ ask, status, type = 'HTTPBadRequest', message }) => {
    const answer = await served.ask(...ask());
    const text = typeof message === 'string' ? message : message();
    expect({ status: answer.status, body: answer.body }).toEqual({
      status,
      body: { NeutronError: { type, message: text, detail: '' } },
    });
    expect(answer.headers.get('x-openstack-request-id')).toMatch(/^req-[0-9a-f-]{36}$/);
  });

  /** Of several faults, the first in Neutron's order is named. */
  test.each([
    [
      'owners before owner',
      service({ project_id: 'blue', tenant_id: 'x' }),
      "'project_id' and 'tenant_id' do not match",
    ],
    ['owner before unknown', service({ project_id: 'blue', foo: 1 }), FOREIGN],
    ['unknown before required', { tap_service: { foo: 1 } }, "Unrecognized attribute(s) 'foo'"],
    [
      'not allowed by table: id before port_id',
      { tap_service: { id: 1, status: 1 } },
      "Attribute 'id' not allowed in POST",
    ],
    [
      'required by table: port_id before status',
      { tap_service: { status: 1 } },
      "Failed to parse request. Required attribute 'port_id' not specified",
    ],
    ['not allowed before values', service({ name: 7, status: 1 }), "Attribute 'status' not allowed in POST"],
    [
      'values by table',
      { tap_service: { port_id: 'x', description: 7, name: null } },
      "Invalid input for name. Reason: 'None' is not a valid string.",
    ],
    ['several before one', { tap_service: 'x', tap_services: [] }, 'Resources required'],
    [
      'the body before the role',
      { tap_service: {} },
      "Failed to parse request. Required attribute 'port_id' not specified",
      TOKEN.reader,
    ],
  ])('%s', async (_of, body, message, token = TOKEN.member) => {
    expect((await served.ask('POST', SERVICES, { body, token })).body.NeutronError.message).toBe(message);
  });

  test('nothing of all that has changed anything, and nothing was our own fault', async () => {
    const [services, flows] = [await served.ask('GET', SERVICES), await served.ask('GET', FLOWS)];
    expect(services.body.tap_services.map(({ id }: { id: string }) => id)).toEqual([known.service]);
    expect(flows.body.tap_flows.map(({ id }: { id: string }) => id)).toEqual([known.flow]);
    expect(served.traces.filter(({ kind }) => kind === 'request_failed')).toEqual([]);
  });
});
