import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { COOKIE_MASK, COOKIE_PREFIX, cookieOf } from '../../src/compile/cookie.ts';
import { flowUnit, type WantedFlow } from '../../src/compile/flow-unit.ts';
import { nothingWanted } from '../../src/compile/wanted.ts';
import type { Flow, FlowMod, FlowText } from '../../src/openflow/flow.ts';
import { formatFlow } from '../../src/openflow/flow-syntax.ts';
import { OpenflowError } from '../../src/openflow/openflow-error.ts';
import type { OpenflowSession } from '../../src/openflow/openflow-session.ts';
import { diffFlows } from '../../src/plan/diff-flows.ts';
import { access, flowTables, hostFacts, inputFor, trunk, vmPort } from '../compile/builders.ts';
import { sampleFlows } from '../openflow/flow-samples.ts';
import { eventually } from '../support/eventually.ts';
import { type Switch, startSwitch } from '../support/switch.ts';
import { createFlow, createService, mac, stateAfter, tapFlow, tapService, uuid } from '../tap/builders.ts';
import { openSession } from './open-switch.ts';

let on: Switch;
let session: OpenflowSession;

beforeAll(async () => {
  on = await startSwitch();
  await on.addBridge('br-tap', { flows: [] });
  session = openSession(on, 'tap');
  session.start();
});
afterAll(async () => {
  await session?.close();
  await on?.stop();
});
afterEach(() => on.ofctl('del-flows', 'br-tap'));

const ours = () => session.dump(COOKIE_PREFIX, COOKIE_MASK);
const add = (flow: Flow): FlowMod => ({ command: 'ADD', flow: formatFlow(flow) });
const text = ({ cookie, table, priority, match, actions }: FlowText) =>
  `${cookie.toString(16)} ${table} ${priority} ${match} -> ${actions}`;
const noDifference = { add: [], modify: [], remove: [] };
const onTap = ({ key, flow }: WantedFlow): WantedFlow => ({ key, flow: { ...flow, bridge: 'tap' } });
const texts = (flows: readonly FlowText[]) => flows.map(text).sort();

describe('the switch prints each flow in our words, so that comparing finds no difference', () => {
  test('every match and every list of actions', async () => {
    await session.commit(sampleFlows.map(add));
    const dumped = await ours();
    expect(texts(dumped)).toEqual(texts(sampleFlows.map(formatFlow)));
    expect(
      diffFlows(flowTables(dumped), { ...nothingWanted, flows: [flowUnit(undefined, [], () => sampleFlows)] }),
    ).toEqual(noDifference);
  });

  test('what compile makes of every kind of port, filter and shared mirror', async () => {
    const tunnel = { kind: 'tunnel', vid: 4 } as const;
    const vlans = [access(5), access(5), access(6), tunnel, trunk(), trunk(7), access(0), access(5)];
    const ports = vlans.map((vlan, index) => vmPort(index + 1, vlan));
    const sensors = [vmPort(901, access(3)), vmPort(902, trunk())];
    const flows = vlans.flatMap((_, index) => {
      const tap = { sourcePortId: uuid('port', index + 1), sourceMac: mac(index + 1) };
      const filter = [{ first: 3, last: 17 }];
      return [
        createFlow(tapFlow(index + 1, tap)),
        createFlow(tapFlow(index + 101, { ...tap, tapServiceId: uuid('service', 2), vlanFilter: filter })),
      ];
    });
    const desired = stateAfter(createService(tapService(1)), createService(tapService(2)), ...flows);
    for (const budget of [14, 1]) {
      const facts = hostFacts([...ports, ...sensors], { vlanLimit: 0 });
      const result = compile({ ...inputFor(desired, facts), limits: { maxIn: budget, maxOut: budget } });
      if (result.kind === 'blocked') throw new Error(result.reason);
      const wanted = result.wanted.flows.map(({ from, flows }) => ({ from, flows: flows.map(onTap) }));
      await session.commit(wanted.flatMap(({ flows }) => flows.map(({ flow }) => ({ command: 'ADD', flow }))));
      expect(diffFlows(flowTables(await ours()), { ...nothingWanted, flows: wanted })).toEqual(noDifference);
      await on.ofctl('del-flows', 'br-tap');
    }
  });

  test('a whole bundle of changes at once, in order', async () => {
    await session.commit(sampleFlows.map(add));
    const removed = sampleFlows.map((flow): FlowMod => ({ command: 'DELETE_STRICT', flow: formatFlow(flow) }));
    await session.commit([...removed, ...sampleFlows.slice(0, 5).map(add)]);
    expect(texts(await ours())).toEqual(texts(sampleFlows.slice(0, 5).map(formatFlow)));
    await session.commit(removed);
    expect(await ours()).toEqual([]);
  });
});

const flow: Flow = {
  bridge: 'tap',
  table: 0,
  priority: 200,
  cookie: cookieOf('capture', 5),
  match: { inPort: 65_001, vlan: { kind: 'tagged', vid: 5, mask: 0xfff } },
  actions: [{ kind: 'output', port: 7 }],
};
const changed = formatFlow({ ...flow, actions: [{ kind: 'output', port: 8 }] });
const FOREIGN = 'cookie=0x6d3f8a5be91c2407,priority=200,in_port=65001,dl_vlan=5 actions=output:9';
const FOREIGN_PRINTED = 'cookie=0x6d3f8a5be91c2407, priority=200,in_port=65001,dl_vlan=5 actions=output:9';

describe('only flows of our cookie are changed', () => {
  test.each(['MODIFY_STRICT', 'DELETE_STRICT'] as const)('%s passes a flow of the same match over', async (command) => {
    await on.ofctl('add-flow', 'br-tap', FOREIGN);
    await session.commit([{ command, flow: changed }]);
    expect(await on.dumpFlows('br-tap')).toEqual([FOREIGN_PRINTED]);
    expect(await ours()).toEqual([]);
  });

  test.each(['MODIFY_STRICT', 'DELETE_STRICT'] as const)('%s passes another flow of ours over', async (command) => {
    const other = formatFlow({ ...flow, cookie: cookieOf('capture', 6) });
    await session.commit([{ command: 'ADD', flow: other }]);
    await session.commit([{ command, flow: changed }]);
    expect(texts(await ours())).toEqual([text(other)]);
  });

  test('MODIFY_STRICT makes no flow, and keeps the counters of the one it changes', async () => {
    await session.commit([{ command: 'MODIFY_STRICT', flow: changed }]);
    expect(await ours()).toEqual([]);
    await session.commit([{ command: 'ADD', flow: { ...changed, match: 'in_port=1', actions: 'drop' } }]);
    const packet = 'ffffffffffff0000000000010800'.padEnd(120, '0');
    await on.ofctl('packet-out', 'br-tap', `in_port=1,packet=${packet},actions=table`);
    const counted = () => on.ofctl('dump-flows', 'br-tap', 'in_port=1');
    expect(await counted()).toContain('n_packets=1,');
    await session.commit([{ command: 'MODIFY_STRICT', flow: { ...changed, match: 'in_port=1', actions: 'output:8' } }]);
    expect(await counted()).toMatch(/n_packets=1,.* actions=output:8/);
  });

  test('ADD takes the place of a flow of the same match, cookie and all', async () => {
    await session.commit([{ command: 'ADD', flow: formatFlow({ ...flow, cookie: cookieOf('capture', 6) }) }]);
    await session.commit([{ command: 'ADD', flow: changed }]);
    expect(texts(await ours())).toEqual([text(changed)]);
  });

  test('a dump leaves flows of others out', async () => {
    await on.ofctl('add-flow', 'br-tap', FOREIGN);
    await on.ofctl('add-flow', 'br-tap', 'cookie=0x7461617200000001,priority=1 actions=drop');
    await on.ofctl('add-flow', 'br-tap', 'cookie=0x74616173,priority=2 actions=drop');
    await session.commit([{ command: 'ADD', flow: { ...changed, priority: 9 } }]);
    expect(texts(await ours())).toEqual([text({ ...changed, priority: 9 })]);
  });
});

describe('failures', () => {
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => 'none',
      (error: unknown) => error,
    );

  test('of one change leave the others undone', async () => {
    await on.vsctl(
      '--',
      '--id=@t',
      'create',
      'Flow_Table',
      'flow_limit=2',
      '--',
      'set',
      'Bridge',
      'br-tap',
      'flow_tables:1=@t',
    );
    const three = [1, 2, 3].map((priority) => add({ ...flow, table: 1, priority }));
    const before = add(flow);
    const error = await failure(session.commit([before, ...three]));
    await on.vsctl('clear', 'Bridge', 'br-tap', 'flow_tables');
    expect(error).toBeInstanceOf(OpenflowError);
    expect(error).toMatchObject({
      code: 'refused',
      reason: 'OFPFMFC_TABLE_FULL',
      flow: expect.stringContaining('table=1,priority=3,'),
      message: expect.stringMatching(/table=1,priority=3,.*TABLE_FULL/),
    });
    expect(await ours()).toEqual([]);
  });

  test('of the words are refused, and nothing is done', async () => {
    const wrong = { ...changed, actions: 'fly:8' };
    expect(await failure(session.commit([add(flow), { command: 'ADD', flow: wrong }]))).toMatchObject({
      name: 'OpenflowError',
      code: 'syntax',
      flow: expect.stringContaining('actions=fly:8'),
      message: expect.stringContaining('fly'),
    });
    expect(await ours()).toEqual([]);
  });

  test('of the way there: no such bridge', async () => {
    const nowhere = openSession(on, 'tap', { name: 'br-none' });
    nowhere.start();
    try {
      for (const work of [nowhere.dump(COOKIE_PREFIX, COOKIE_MASK), nowhere.commit([add(flow)])]) {
        expect(await failure(work)).toMatchObject({ name: 'OpenflowError', code: 'unreachable' });
      }
    } finally {
      await nowhere.close();
    }
  });

  test('of the way there: a switch that answers no more, then one that is dead, then one that is back', async () => {
    await session.commit([add(flow)]);
    const impatient = openSession(on, 'tap', { limits: { patience: 500 } });
    impatient.start();
    await eventually(() => impatient.state === 'ready', { what: 'a second session' });
    process.kill(on.vswitchd.pid(), 'SIGSTOP');
    const silent = await failure(impatient.dump(COOKIE_PREFIX, COOKIE_MASK));
    process.kill(on.vswitchd.pid(), 'SIGCONT');
    expect(silent).toMatchObject({ code: 'unreachable', message: expect.stringContaining('within 0.5 s') });
    await impatient.close();
    await on.killVswitchd();
    expect(await failure(session.commit([add(flow)]))).toMatchObject({ name: 'OpenflowError', code: 'unreachable' });
    await on.startVswitchd();
    expect(await ours()).toEqual([]);
    await session.commit([add(flow)]);
    expect(await ours()).toHaveLength(1);
  });
});
