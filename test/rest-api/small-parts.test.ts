import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalizePath } from '../../src/rest-api/normalize-path.ts';
import { pythonRepr, pythonText } from '../../src/rest-api/python-text.ts';
import { isVlanFilter } from '../../src/rest-api/vlan-filter.ts';
import { parseVlanFilter } from '../../src/tap/vlan-filter.ts';

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

test('a vlan_filter is refused if and only if an agent could not read it', () => {
  const part = fc.oneof(
    fc.nat(5000).map(String),
    fc.tuple(fc.nat(5000), fc.nat(5000)).map((ends) => ends.join('-')),
  );
  const near = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(','));
  const text = fc.oneof(near, fc.stringMatching(/^[0-9,-]{0,12}$/), fc.string());
  fc.assert(
    fc.property(text, (filter) => isVlanFilter(filter) === (parseVlanFilter(filter) !== undefined)),
    { numRuns: 3_000, examples: [['0-4095'], ['4096'], ['2-1'], ['1,'], [''], ['1-2-3'], ['00001'], ['1\n']] },
  );
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
