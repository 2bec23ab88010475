import { describe, expect, test } from 'vitest';
import { normalizePath } from '../../src/rest-api/normalize-path.ts';
import { pythonRepr, pythonText } from '../../src/rest-api/python-text.ts';

describe('values as Python shows them', () => {
  test.each([
    [null, 'None'],
    [true, 'True'],
    [7, '7'],
    ['a "b"', 'a "b"'],
    [['a', null, 1.5], "['a', None, 1.5]"],
    [{ a: "it's" }, `{'a': "it's"}`],
    [['\'"'], "['\\'\"']"],
    [['\n\u0001\\'], "['\\n\\x01\\\\']"],
  ])('%j', (value, text) => {
    expect(pythonText(value)).toBe(text);
  });

  test('however deep they are', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(pythonRepr(deep)).toBe(`${'['.repeat(20)}[...]${']'.repeat(20)}`);
  });
});

test.each([
  ['/', '/'],
  ['//', '/'],
  ['/?a=/v2.0/tap_flows.json', '/?a=/v2.0/tap_flows.json'],
  ['/v2.0', '/v2.0'],
  ['/v2.0/', '/v2.0'],
  ['/v2.0/ports.json?name=x.json', '/v2.0/ports?name=x.json'],
  ['/v2.0/tap_flows', '/v2.0/taas/tap_flows'],
  ['/v2.0/tap_flows/7.json/', '/v2.0/taas/tap_flows/7'],
  ['/v2.0/tap_flowsx', '/v2.0/tap_flowsx'],
  ['/v2.0/taas/tap_services/', '/v2.0/taas/tap_services'],
  ['/openapi.json', '/openapi.json'],
])('the path %s is %s', (given, path) => {
  expect(normalizePath(given)).toBe(path);
});
