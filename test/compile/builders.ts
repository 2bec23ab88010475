import { noneAbandoned } from '../../src/compile/abandoned-services.ts';
import type { CompileInput } from '../../src/compile/compile.ts';
import { compile } from '../../src/compile/compile.ts';
import type { BridgeFact, HostFacts, PortFact, PortVlans } from '../../src/compile/host-facts.ts';
import type { TunnelSettings } from '../../src/compile/tunnels.ts';
import type { Compiled, Wanted } from '../../src/compile/wanted.ts';
import type { FlowText } from '../../src/openflow/flow.ts';
import { type FlowTables, flowKey } from '../../src/openflow/flow-key.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';
import type { TunnelType } from '../../src/tap/tunnel-type.ts';
import { HOST, mac, uuid } from '../tap/builders.ts';

export const access = (vid: number): PortVlans => ({ kind: 'access', vid });
export const trunk = (native = 0): PortVlans => ({ kind: 'trunk', native });

/** A VM's port: number 7 has ofport 7, UUID and MAC of that number, row id `row-7`. */
export function vmPort(number: number, vlans: PortVlans, rest: Partial<PortFact> = {}): PortFact {
  return {
    rowId: `row-${number}`,
    name: `tap${number}`,
    owned: false,
    ofport: number,
    portId: uuid('port', number),
    mac: mac(number),
    vlans,
    mtu: 1500,
    patch: undefined,
    tunnel: undefined,
    ...rest,
  };
}

export function bridge(name: string, rest: Partial<BridgeFact> = {}): BridgeFact {
  return {
    rowId: `row-${name}`,
    name,
    owned: false,
    datapathType: 'netdev',
    failMode: 'secure',
    tableNames: new Map(),
    ports: [],
    mirrors: [],
    ...rest,
  };
}

export function hostFacts(ports: readonly PortFact[], rest: Partial<HostFacts> = {}): HostFacts {
  const nothing = { tap: undefined, tunnel: undefined, otherTunnels: [], underlays: [] };
  return { integration: bridge('br-int', { ports }), ...nothing, vlanLimit: 1, ...rest };
}

/** The settings about tunnels as they are where nobody sets them. */
export const usualTunnels: TunnelSettings = {
  mode: 'auto',
  type: 'vxlan',
  localIp: null,
  keyOffset: 0,
  peers: {},
  truncateTo: null,
};

export function inputFor(desired: DesiredState, facts: HostFacts): CompileInput {
  const names = { integration: 'br-int', tap: 'br-tap', tunnel: null };
  const limits = { maxIn: 14, maxOut: 14 };
  const rest = {
    host: HOST,
    tunnel: usualTunnels,
    carrierHolders: new Map(),
    foreignKeys: new Set<number>(),
    abandoned: noneAbandoned,
  };
  return { desired, facts, names, limits, ...rest };
}

/** Compiles what must not be blocked. */
export function compiled(input: CompileInput): Extract<Compiled, { readonly kind: 'wanted' }> {
  const result = compile(input);
  if (result.kind === 'blocked') throw new Error(`blocked: ${result.reason}`);
  return result;
}

/** All wanted flows, those of a unit together. */
export const flowsOf = (wanted: Wanted): readonly FlowText[] =>
  wanted.flows.flatMap(({ flows }) => flows.map(({ flow }) => flow));

export function flowTables(flows: readonly FlowText[]): FlowTables {
  const table = (bridge: FlowText['bridge']) =>
    new Map(flows.filter((flow) => flow.bridge === bridge).map((flow) => [flowKey(flow), flow]));
  return { integration: table('integration'), tap: table('tap'), tunnel: table('tunnel') };
}

/** br-tun of Neutron's agent, with a tunnel to each of these addresses; their ports are numbered from 1. */
export function tunnelBridge(type: TunnelType, ...remotes: readonly string[]): BridgeFact {
  const ports = remotes.map((remote, index) =>
    vmPort(index + 1, trunk(), {
      name: `${type}-${remote}`,
      portId: undefined,
      mac: undefined,
      tunnel: { type, remote, local: '172.30.0.1', egress: undefined },
    }),
  );
  return bridge('br-tun', { ports });
}

/** The wanted flows of br-tun as a reviewer reads them. */
export function tunnelLines(wanted: Wanted): string[] {
  return flowsOf(wanted)
    .filter((flow) => flow.bridge === 'tunnel')
    .map(({ table, priority, match, actions }) => `${table} ${priority} ${match} -> ${actions}`);
}

/** The wanted flows of a table as a reviewer reads them, drops left out. */
export function flowLines(wanted: Wanted, where: 'capture' | 'policy' | 'deliver' | 'br-int'): string[] {
  const table = { capture: 0, policy: 1, deliver: 2, 'br-int': 0 }[where];
  return flowsOf(wanted)
    .filter(({ bridge }) => bridge === (where === 'br-int' ? 'integration' : 'tap'))
    .filter((flow) => flow.table === table && flow.actions !== 'drop')
    .map(({ priority, match, actions }) => `${priority} ${match} -> ${actions}`);
}
