import { describe, expect, test } from 'vitest';
import { string } from '../../src/ovsdb-client/column-type.ts';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import { parseRemote, type Remote } from '../../src/ovsdb-client/remote.ts';

describe('parseRemote', () => {
  test.each<[string, Remote]>([
    ['unix:/run/openvswitch/db.sock', { kind: 'unix', path: '/run/openvswitch/db.sock' }],
    ['unix:relative:with:colons', { kind: 'unix', path: 'relative:with:colons' }],
    ['tcp:127.0.0.1:6640', { kind: 'tcp', host: '127.0.0.1', port: 6640 }],
    ['tcp:ovs.example:1', { kind: 'tcp', host: 'ovs.example', port: 1 }],
    ['tcp:ovs.example', { kind: 'tcp', host: 'ovs.example', port: 6640 }],
    ['ssl:[::1]:65535', { kind: 'ssl', host: '::1', port: 65535 }],
    ['ssl:[fe80::1%eth0]', { kind: 'ssl', host: 'fe80::1%eth0', port: 6640 }],
  ])('%s', (text, remote) => {
    expect(parseRemote(text)).toEqual(remote);
  });

  test.each([
    '',
    'unix:',
    '/run/db.sock',
    'tcp:',
    'tcp:::1:6640',
    'tcp:host:0',
    'tcp:host:65536',
    'tcp:host:x',
    'ptcp:1',
  ])('refuses %j', (text) => {
    expect(() => parseRemote(text)).toThrow(expect.objectContaining({ code: 'remote' }));
  });

  test('a client refuses a bad remote, and ssl without certificates, before it starts', () => {
    for (const remote of ['nonsense', 'ssl:[::1]:6640']) {
      const make = () => new OvsdbClient({ remote, database: 'Test', tables: { T: { c: string } } });
      expect(make).toThrow(expect.objectContaining({ code: 'remote' }));
    }
  });
});
