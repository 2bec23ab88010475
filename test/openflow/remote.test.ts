import { expect, test } from 'vitest';
import { OpenflowError } from '../../src/openflow/openflow-error.ts';
import { parseRemote } from '../../src/openflow/remote.ts';

test.each([
  ['unix:/run/openvswitch/br-int.mgmt', { kind: 'unix', path: '/run/openvswitch/br-int.mgmt' }],
  ['tcp:192.0.2.1', { kind: 'tcp', host: '192.0.2.1', port: 6653 }],
  ['ssl:[2001:db8::1]:7000', { kind: 'ssl', host: '2001:db8::1', port: 7000 }],
])('a bridge at %s', (text, remote) => {
  expect(parseRemote(text)).toEqual(remote);
});

test.each(['br-int', 'unix:', 'tcp:', 'tcp:host:0', 'tcp:host:65536', 'ssl:2001:db8::1', 'udp:host:1', ''])(
  'no bridge at %j',
  (text) => {
    expect(() => parseRemote(text)).toThrow(OpenflowError);
    expect(() => parseRemote(text)).toThrow(`: ${text}`);
  },
);
