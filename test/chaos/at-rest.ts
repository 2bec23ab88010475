import { expect } from 'vitest';
import { noneAbandoned } from '../../src/compile/abandoned-services.ts';
import { carrierHolders } from '../../src/compile/carrier-holders.ts';
import { compile } from '../../src/compile/compile.ts';
import { FLOW_BRIDGES, type FlowBridge } from '../../src/openflow/flow.ts';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Step } from '../../src/plan/step.ts';
import { readFacts } from '../../src/switch/read-facts.ts';
import { tables } from '../../src/switch/tables.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';
import { usualTunnels } from '../compile/builders.ts';
import type { TestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { heldTaps } from '../support/held-taps.ts';
import type { Switch } from '../support/switch.ts';
import { openSession } from '../switch/open-switch.ts';
import { heldText, type Wanted } from './believed.ts';

/** Those of an agent whose settings say nothing else. */
const limits = { maxIn: 14, maxOut: 14 };

/** A host as its agent's settings name it. */
export interface AtHost {
  readonly host: string;
  /** br-tun, or null where its agent shall not look at it. */
  readonly tunnel: string | null;
}

/**
 * What somebody who looks at the switch for the first time would have to change for these taps: nothing, at rest. What is
 * wanted of br-tun is that of Neutron's.
 */
export async function stepsMissing(
  on: Switch,
  desired: DesiredState,
  { host, tunnel }: AtHost = { host: 'host-1', tunnel: null },
): Promise<readonly Step[]> {
  const client = new OvsdbClient({ remote: `unix:${on.dbSocket}`, database: 'Open_vSwitch', tables });
  const bridges = FLOW_BRIDGES.filter((bridge) => bridge !== 'tunnel' || tunnel !== null);
  const sessions = new Map(bridges.map((bridge) => [bridge, openSession(on, bridge)]));
  const names = { integration: 'br-int', tap: 'br-tap', tunnel };
  try {
    client.start();
    for (const session of sessions.values()) session.start();
    await client.ready();
    const facts = { ...readFacts(client.replica, names), underlays: [] };
    const read = async (bridge: FlowBridge) => (await sessions.get(bridge)?.refresh()) ?? new Map();
    const flows = { integration: await read('integration'), tap: await read('tap'), tunnel: await read('tunnel') };
    const others = {
      host,
      tunnel: tunnel === null ? { ...usualTunnels, mode: 'off' as const } : usualTunnels,
      carrierHolders: carrierHolders(flows.integration),
      foreignKeys: new Set<number>(),
      abandoned: noneAbandoned,
    };
    const compiled = compile({ desired, facts, limits, names, ...others });
    if (compiled.kind === 'blocked') throw new Error(compiled.reason);
    return plan(facts, flows, compiled.wanted);
  } finally {
    await Promise.all([client, ...sessions.values()].map((each) => each.close()));
  }
}

/**
 * Waits until what the agent has saved is what Neutron believes, and the switch holds exactly what follows from that and
 * from the ports that it has now: all of it, and nothing else that is ours.
 */
export async function expectAtRest(on: Switch, agent: TestAgent, ...taps: readonly Wanted[]): Promise<void> {
  await expectHostAtRest({ on, agent }, undefined, ...taps);
}

/** The same on a host of several. */
export async function expectHostAtRest(
  { on, agent }: { readonly on: Switch; readonly agent: TestAgent },
  at: AtHost | undefined,
  ...taps: readonly Wanted[]
): Promise<void> {
  const wanted = taps.flatMap((each) => each.text()).sort();
  const rests = async () => {
    const held = await heldTaps(agent.stateDir);
    expect(heldText(held)).toEqual(wanted);
    expect(await stepsMissing(on, held, at)).toEqual([]);
    return true;
  };
  await eventually(rests, { what: 'the switch to hold what is wanted', intervalMs: 100 });
}

/** Everything on the bridges that is ours or might have been left by us, as text to compare. */
export async function remains(on: Switch): Promise<string> {
  const rows = [
    await on.vsctl('--columns=name,select_src_port,select_dst_port', 'list', 'Mirror'),
    await on.vsctl('list-br'),
    await on.vsctl('list-ports', 'br-int'),
    await on.vsctl('list-ports', 'br-tap'),
  ];
  const flows = [...(await on.dumpFlows('br-int')), ...(await on.dumpFlows('br-tap'))];
  return [...rows, ...flows].join('\n');
}
