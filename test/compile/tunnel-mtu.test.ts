import { describe, expect, test } from 'vitest';
import type { BridgeFact, PortFact, UnderlayFact } from '../../src/compile/host-facts.ts';
import type { TunnelSettings } from '../../src/compile/tunnels.ts';
import type { MtuFinding } from '../../src/compile/wanted.ts';
import type { TunnelType } from '../../src/tap/tunnel-type.ts';
import { createFlow, createService, stateAfter, tapFlow, tapService, uuid } from '../tap/builders.ts';
import { access, bridge, compiled, hostFacts, inputFor, trunk, usualTunnels, vmPort } from './builders.ts';

const LOCAL = { v4: '172.30.0.1', v6: 'fd00::1' };
const REMOTE = { v4: '172.30.0.2', v6: 'fd00::2' };

interface TunnelTo {
  readonly egress: string | undefined;
  readonly ip?: 'v4' | 'v6';
}

/** br-tun of Neutron's agent. */
function neutrons(type: TunnelType, ...tunnels: readonly TunnelTo[]): BridgeFact {
  const ports = tunnels.map(({ egress, ip = 'v4' }, index) =>
    vmPort(index + 1, trunk(), {
      name: `${type}-${index + 1}`,
      portId: undefined,
      tunnel: { type, remote: REMOTE[ip], local: LOCAL[ip], egress },
    }),
  );
  return bridge('br-tun', { ports });
}

/** Our own br-tun. */
function ours(type: TunnelType, ip: 'v4' | 'v6' = 'v4'): BridgeFact {
  const tunnel = { type, remote: 'flow', local: LOCAL[ip], egress: undefined };
  return bridge('br-tun', {
    owned: true,
    ports: [vmPort(1, trunk(), { name: `taas-${type}`, owned: true, portId: undefined, tunnel })],
  });
}

interface Case {
  readonly tunnel: BridgeFact;
  readonly source?: PortFact;
  readonly underlays: readonly UnderlayFact[];
  readonly settings?: Partial<TunnelSettings>;
}

/** What is found of a tap flow from port 1 to a sensor on another host. */
function finding({ tunnel, source = vmPort(1, access(5)), underlays, settings = {} }: Case): MtuFinding | undefined {
  const service = createService(tapService(1), 'compute-2', false, REMOTE.v4);
  const facts = hostFacts([source], { tunnel, underlays });
  const input = inputFor(stateAfter(service, createFlow(tapFlow(1))), facts);
  const { warnings, outcomes } = compiled({ ...input, tunnel: { ...usualTunnels, ...settings } });
  expect(outcomes.tapFlows.get(uuid('flow', 1))).toEqual({ kind: 'realised' });
  return warnings.get(uuid('flow', 1));
}

const underlay = (mtu: number | undefined, name = 'br-ex'): UnderlayFact => ({ name, addresses: [], mtu });
const holding = (mtu: number | undefined): UnderlayFact => ({ name: 'eth0', addresses: [LOCAL.v4, LOCAL.v6], mtu });

describe('what the longest copy of a port with an MTU of 1500 needs', () => {
  const neutron = (type: TunnelType, needed: number, rest: Omit<Partial<Case>, 'tunnel'> = {}, ip?: 'v6') =>
    [
      `Neutron's ${type} ${ip ?? ''} ${JSON.stringify(rest)}`,
      needed,
      (mtu: number) =>
        finding({
          tunnel: neutrons(type, { egress: 'br-ex', ...(ip && { ip }) }),
          underlays: [underlay(mtu)],
          ...rest,
        }),
    ] as const;
  const own = (type: TunnelType, needed: number, rest: Omit<Partial<Case>, 'tunnel'> = {}, ip?: 'v6') => {
    const settings = { type, localIp: LOCAL.v4, ...rest.settings };
    const at = (mtu: number) => finding({ tunnel: ours(type, ip), underlays: [holding(mtu)], ...rest, settings });
    return [`our ${type} ${ip ?? ''} ${JSON.stringify(rest)}`, needed, at] as const;
  };
  const tagging = { source: vmPort(1, trunk()) };
  const inside = { source: vmPort(1, { kind: 'tunnel', vid: 5 }) };
  const cut = (truncateTo: number) => ({ settings: { truncateTo } });

  test.each([
    neutron('vxlan', 1500 + 14 + 4 + 36),
    neutron('geneve', 1500 + 14 + 4 + 36),
    neutron('gre', 1500 + 14 + 4 + 28),
    neutron('vxlan', 1500 + 14 + 4 + 56, {}, 'v6'),
    neutron('gre', 1500 + 14 + 4 + 48, {}, 'v6'),
    neutron('vxlan', 1500 + 14 + 4 + 4 + 36, tagging),
    neutron('gre', 1500 + 14 + 4 + 4 + 28, inside),
    neutron('vxlan', 200 + 4 + 36, cut(200)),
    neutron('vxlan', 1500 + 14 + 4 + 36, cut(1514)),
    neutron('vxlan', 1500 + 14 + 4 + 36, cut(9000)),
    own('vxlan', 1500 + 14 + 36),
    own('geneve', 1500 + 14 + 36),
    own('gre', 1500 + 14 + 28),
    own('geneve', 1500 + 14 + 56, {}, 'v6'),
    own('vxlan', 1500 + 14 + 4 + 36, tagging),
    own('gre', 200 + 28, cut(200)),
  ])('%s: %i bytes', (_, needed, at) => {
    expect(at(needed)).toBeUndefined();
    expect(at(needed - 1)).toEqual({
      kind: 'too-long',
      reason: expect.stringMatching(
        `become up to ${needed} bytes in a .*, 1 more than .* \\(MTU ${needed - 1}\\) takes: `,
      ),
    });
  });
});

describe('what can be done', () => {
  const at = (mtu: number) =>
    finding({ tunnel: neutrons('vxlan', { egress: 'br-ex' }), underlays: [underlay(mtu)] })?.reason;

  test('is said with numbers that are just right', () => {
    expect(at(1500)).toBe(
      'frames of port tap1 (MTU 1500) become up to 1554 bytes in a vxlan tunnel, 54 more than br-ex (MTU 1500) takes: ' +
        'raise the MTU of br-ex, and of the network behind it, to 1554, or lower that of tap1 to 1446, ' +
        'or set tunnel.truncate_to to 1460',
    );
    const tunnel = neutrons('vxlan', { egress: 'br-ex' });
    const underlays = [underlay(1500)];
    for (const [mtu, truncateTo, found] of [
      [1446, null, undefined],
      [1447, null, 'too-long'],
      [1500, 1460, undefined],
      [1500, 1461, 'too-long'],
    ] as const) {
      const source = vmPort(1, access(5), { mtu });
      expect(finding({ tunnel, source, underlays, settings: { truncateTo } })?.kind).toBe(found);
    }
  });

  test('leaves out what no setting and no interface takes', () => {
    expect(at(40 + 14 + 68)).toContain('lower that of tap1 to 68, or set tunnel.truncate_to to 82');
    expect(at(40 + 14 + 67)).toMatch(/to 1554, or set tunnel.truncate_to to 81$/);
    expect(at(40 + 63)).toMatch(/to 1554$/);
  });
});

describe('the way out', () => {
  const two = (mtu: number | undefined) =>
    finding({
      tunnel: neutrons('gre', { egress: 'br-ex' }, { egress: 'bond0' }),
      underlays: [underlay(9000), underlay(mtu, 'bond0')],
    });

  test('is the narrowest, as copies may take any', () => {
    expect(two(1500)?.reason).toContain('more than bond0 (MTU 1500) takes');
    expect(two(9000)).toBeUndefined();
  });

  test('does not count when its MTU is not known and that of another is', () => {
    expect(two(undefined)).toBeUndefined();
  });

  test.each([
    [
      'of a tunnel without a way out',
      { tunnel: neutrons('gre', { egress: undefined }), underlays: [] },
      'tunnel gre-1',
    ],
    [
      'of an interface without an MTU',
      { tunnel: neutrons('gre', { egress: 'br-ex' }), underlays: [underlay(undefined)] },
      'the MTU of br-ex',
    ],
    [
      'of an address that is not here',
      { tunnel: ours('vxlan'), underlays: [], settings: { localIp: LOCAL.v4 } },
      'tunnel taas-vxlan',
    ],
    [
      'of our tunnel before it is there',
      { tunnel: bridge('br-tun', { owned: true }), underlays: [], settings: { localIp: LOCAL.v4 } },
      'no tunnel yet',
    ],
    [
      'of a port without an MTU',
      {
        tunnel: neutrons('gre', { egress: 'br-ex' }),
        underlays: [underlay(100)],
        source: vmPort(1, access(5), { mtu: undefined }),
      },
      'port tap1',
    ],
  ] as const)('nothing is compared for want %s', (_, given, reason) => {
    expect(finding(given)).toEqual({ kind: 'unknown', reason: expect.stringContaining(reason) });
  });
});

test('only tap flows that leave this host, and that are realised, are looked at', () => {
  const ports = [vmPort(1, access(5)), vmPort(2, access(5)), vmPort(3, access(5)), vmPort(902, access(6))];
  const mine = { ...tapFlow(2), tapServiceId: uuid('service', 2) };
  const absent = tapFlow(4);
  const desired = stateAfter(
    createService(tapService(1), 'compute-2'),
    createService(tapService(2)),
    ...[tapFlow(1), mine, tapFlow(3), absent].map((flow) => createFlow(flow)),
  );
  const facts = hostFacts(ports, { tunnel: neutrons('gre', { egress: 'br-ex' }), underlays: [underlay(1500)] });
  const input = inputFor(desired, facts);
  expect([...compiled(input).warnings.keys()]).toEqual([uuid('flow', 1), uuid('flow', 3)]);
  const withoutMirrors = compiled({ ...input, limits: { maxIn: 0, maxOut: 0 } });
  expect(withoutMirrors.warnings.size).toBe(0);
});
