import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { openApi } from '../../src/rest-api/openapi.ts';
import { serve } from './serve.ts';

type Operation = {
  operationId: string;
  parameters?: { name?: string }[];
  responses: Record<string, object>;
  security?: object[];
};
type Paths = Record<string, Record<string, Operation>>;

const METHODS = ['get', 'put', 'post', 'delete', 'head', 'patch'];

function operations(): readonly { path: string; method: string; operation: Operation }[] {
  return Object.entries(openApi['paths'] as Paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ path, method, operation: item[method] }] : [])),
  );
}

test('the document is valid OpenAPI 3.1, all its references lead somewhere, and no operation id is used twice', async () => {
  const validator = new Validator();
  const result = await validator.validate(structuredClone(openApi));
  expect(result.errors ?? '').toEqual('');
  expect([result.valid, validator.version]).toEqual([true, '3.1']);
  const references = [...JSON.stringify(openApi).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => String(match[1]));
  expect(references.length).toBeGreaterThan(50);
  const missing = references.filter(
    (path) =>
      path.split('/').reduce<unknown>((part, key) => (part as Record<string, unknown>)?.[key], openApi) === undefined,
  );
  expect(missing).toEqual([]);
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('it is served to all, and says of each path which methods there are and who may use them', async () => {
  const served = await serve();
  try {
    const answer = await served.ask('GET', '/openapi.json', { token: '' });
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(openApi)));
    for (const path of Object.keys(openApi['paths'] as Paths)) {
      const real = path.replace(/\{\w+\}/, 'x');
      const allow = (await served.ask('PATCH', real)).headers.get('allow') ?? 'GET';
      const described = operations().filter((entry) => entry.path === path);
      expect([path, described.map(({ method }) => method.toUpperCase()).sort()]).toEqual([
        path,
        allow.split(', ').sort(),
      ]);
      for (const { operation } of described) {
        const { status } = await served.ask('GET', real, { token: '' });
        expect([path, status === 401]).toEqual([path, operation.security === undefined]);
      }
    }
  } finally {
    await served.close();
  }
});

test('what is required, what may be given and what may be changed are what the checks say', () => {
  const { schemas } = openApi['components'] as { schemas: Record<string, { properties: object; required?: string[] }> };
  const keys = (name: string) => Object.keys(schemas[name]?.properties ?? {});
  expect(schemas['tap_service_creation']?.required).toEqual(['port_id']);
  expect(schemas['tap_flow_creation']?.required).toEqual(['tap_service_id', 'source_port', 'direction']);
  expect(keys('tap_service_creation')).toEqual(['tenant_id', 'name', 'description', 'port_id', 'project_id']);
  expect(keys('tap_flow_update')).toEqual(['name', 'description']);
  expect(keys('port_update')).toEqual(['tenant_id', 'project_id']);
  expect(keys('tap_flow')).toHaveLength(10);
  expect(schemas['tap_flow_creation']?.properties).toMatchObject({
    name: { type: 'string', maxLength: 255, default: '' },
    source_port: { type: 'string', format: 'uuid' },
    direction: { enum: ['IN', 'OUT', 'BOTH'] },
    vlan_filter: { default: null },
  });
  const list = operations().find(({ operation }) => operation.operationId === 'list_tap_flows');
  const named = list?.operation.parameters?.flatMap(({ name }) => name ?? []);
  expect(named).toEqual(expect.arrayContaining(['fields', 'sort_key', ...keys('tap_flow')]));
  expect(Object.keys(list?.operation.responses ?? {})).toEqual(['200', '400', '401', '405', '429', '500', '503']);
});
