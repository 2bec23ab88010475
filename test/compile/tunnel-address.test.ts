import { describe, expect, test } from 'vitest';
import { type TunnelSettings, tunnelAddress, tunnelsOf } from '../../src/compile/tunnels.ts';
import type { TunnelType } from '../../src/tap/tunnel-type.ts';
import { createFlow, createService, HOST, stateAfter, tapFlow, tapService, uuid } from '../tap/builders.ts';
import { access, bridge, compiled, hostFacts, inputFor, tunnelBridge, usualTunnels, vmPort } from './builders.ts';

const own: TunnelSettings = { ...usualTunnels, mode: 'own', localIp: '192.0.2.1' };
const neutrons = tunnelBridge('vxlan', '172.30.0.2');
const ours = bridge('br-tun', { owned: true });

describe('where other hosts are to send to', () => {
  const told = (tunnel: typeof ours | undefined, settings: TunnelSettings) =>
    tunnelAddress(hostFacts([], { tunnel }), settings);

  test.each([
    ['before our br-tun is made', undefined],
    ['when it is there', ours],
  ])('is the address that is set: %s', (_, tunnel) => {
    expect([told(tunnel, own), told(tunnel, { ...own, mode: 'auto' })]).toEqual(['192.0.2.1', '192.0.2.1']);
  });

  test.each([
    ['tunnels are off', undefined, { ...own, mode: 'off' as const }],
    ['they are Neutron’s', neutrons, { ...own, mode: 'neutron' as const }],
    ['they turn out to be Neutron’s', neutrons, { ...own, mode: 'auto' as const }],
    ['the bridge for ours is somebody else’s', neutrons, own],
    ['no address is set', undefined, usualTunnels],
  ])('is nowhere while %s', (_, tunnel, settings) => {
    expect(told(tunnel, settings)).toBeNull();
  });
});

describe('a tunnel on another bridge', () => {
  const facts = (type: TunnelType, key: number | 'flow') =>
    hostFacts([vmPort(901, access(6))], { otherTunnels: [{ name: 'vxlan-ac1e0002', type, key }] });
  const offset = { ...own, keyOffset: 1000 };
  const service = stateAfter(createService(tapService(1, { taasId: 7 })));
  const outcome = (type: TunnelType, key: number) =>
    compiled({ ...inputFor(service, facts(type, key)), tunnel: offset }).outcomes.tapServices.get(uuid('service', 1));

  test('of our kind that takes any key would be given our copies: then there are none of ours', () => {
    expect(tunnelAddress(facts('gre', 'flow'), offset)).toBe('192.0.2.1');
    expect(tunnelAddress(facts('vxlan', 'flow'), offset)).toBeNull();
    expect(tunnelsOf(facts('vxlan', 'flow'), offset)).toEqual({
      kind: 'none',
      reason: expect.stringContaining('vxlan-ac1e0002 on another bridge is a vxlan tunnel, too'),
    });
  });

  test.each([
    ['of another kind', 'gre', 1007, 'realised'],
    ['with another key', 'vxlan', 7, 'realised'],
    ['with the key of a service', 'vxlan', 1007, 'refused'],
  ] as const)('%s', (_, type, key, kind) => {
    expect(outcome(type, key)).toMatchObject({ kind });
  });
});

describe('the address of the service’s host', () => {
  const outcomeOf = (host: string | null, address: string | null, peers: TunnelSettings['peers'] = {}) => {
    const events = [createService(tapService(1), host, true, address), createFlow(tapFlow(1))];
    const input = inputFor(stateAfter(...events), hostFacts([vmPort(1, access(5))]));
    return compiled({ ...input, tunnel: { ...own, peers } }).outcomes.tapFlows.get(uuid('flow', 1));
  };

  test.each([
    ['told with it', '192.0.2.2', {}],
    ['set as a peer', null, { 'compute-2': '192.0.2.2' }],
  ])('%s lets copies go there', (_, address, peers) => {
    expect(outcomeOf('compute-2', address, peers)).toEqual({ kind: 'realised' });
  });

  test('that nobody knows refuses the flow: no waiting mends it', () => {
    const reason = expect.stringContaining('the tunnel address of host compute-2 is not known');
    expect(outcomeOf('compute-2', null, { 'compute-3': '192.0.2.3' })).toEqual({ kind: 'refused', reason });
  });

  test.each([
    ['whose host is not known', null],
    ['that was here, and whose port is unplugged', HOST],
  ])('of one %s is waited for', (_, host) => {
    expect(outcomeOf(host, null)).toMatchObject({ kind: 'waiting' });
  });
});
