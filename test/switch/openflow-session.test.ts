import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COOKIE_MASK, COOKIE_PREFIX, cookieOf } from '../../src/compile/cookie.ts';
import type { FlowMod, FlowText } from '../../src/openflow/flow.ts';
import type { FlowEvent, OpenflowSession } from '../../src/openflow/openflow-session.ts';
import { writtenActions, writtenMatches } from '../openflow/written-flows.ts';
import { eventually } from '../support/eventually.ts';
import { type Switch, startSwitch } from '../support/switch.ts';
import { openSession } from './open-switch.ts';

let on: Switch;
let session: OpenflowSession;
let events: FlowEvent[];

beforeAll(async () => {
  on = await startSwitch();
});
afterAll(() => on?.stop());
beforeEach(async () => {
  await on.addBridge('br-tap', { flows: [] });
  session = openSession(on, 'tap');
  events = [];
  session.onFlows((event) => events.push(event));
  session.start();
  await session.refresh();
});
afterEach(async () => {
  await session.close();
  await on.vsctl('--if-exists', 'del-br', 'br-tap');
});

const flow = (number: number, changes: Partial<FlowText> = {}): FlowText => ({
  bridge: 'tap',
  table: 1,
  priority: 100,
  cookie: cookieOf('policy', number),
  match: `reg0=0x${number.toString(16)}`,
  actions: 'output:1',
  ...changes,
});
const add = (each: FlowText): FlowMod => ({ command: 'ADD', flow: each });
const many = (count: number) => Array.from({ length: count }, (_, index) => flow(index + 1));
const sorted = (flows: Iterable<FlowText> | undefined) =>
  flows &&
  [...flows]
    .map(({ table, priority, cookie, match, actions }) => `${cookie} ${table} ${priority} ${match} ${actions}`)
    .sort();
const dumped = () => session.dump(COOKIE_PREFIX, COOKIE_MASK);
const line = ({ cookie, table, priority, match, actions }: FlowText) =>
  `cookie=0x${cookie.toString(16)}, table=${table}, priority=${priority}${match === '' ? '' : `,${match}`} actions=${actions}`;
const told = (what: string, holds: () => boolean) => eventually(holds, { what });
const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => error,
  );

describe('flows in the switch’s words', () => {
  const written: readonly FlowText[] = [
    ...writtenMatches.map((match, index) => flow(index, { table: 10, priority: index + 1, match, actions: 'drop' })),
    ...writtenActions.map((actions, index) =>
      flow(index, { table: 11, priority: index + 1, match: 'tcp,dl_vlan=7', actions }),
    ),
    flow(0, { table: 12, match: '', actions: 'meter:1,output:1' }),
  ];

  test('what we send is what ovs-ofctl prints, and what we read back', async () => {
    await on.ofctl('add-meter', 'br-tap', 'meter=1,kbps,band=type=drop,rate=1000');
    await session.commit(written.map(add));
    expect(sorted(await dumped())).toEqual(sorted(written));
    const printed = await on.ofctl('--no-names', '--no-stats', 'dump-flows', 'br-tap');
    const lines = printed.split('\n').flatMap((text) => (text.includes('actions=') ? [text.trim()] : []));
    expect(lines.sort()).toEqual(written.map(line).sort());
  });

  test('what ovs-ofctl sends is read as it prints it', async () => {
    for (const each of written.filter(({ table }) => table !== 12)) await on.ofctl('add-flow', 'br-tap', line(each));
    expect(sorted(await dumped())).toEqual(sorted(written.filter(({ table }) => table !== 12)));
  });
});

test('5,000 flows are changed at once, read in many parts, and summed up', async () => {
  await session.commit(many(5000).map(add));
  expect(sorted(await dumped())).toEqual(sorted(many(5000)));
  expect(sorted(session.flows?.values())).toEqual(sorted(many(5000)));
  await on.ofctl('add-flow', 'br-tap', 'cookie=5,table=1,priority=1 actions=drop');
  expect(await session.aggregate(COOKIE_PREFIX, COOKIE_MASK)).toMatchObject({ flows: 5000 });
  expect(await session.aggregate(0n, 0n)).toMatchObject({ flows: 5001 });
});

describe('a bundle with a flow that the switch refuses', () => {
  test.each([
    ['for what it does', flow(2, { match: '', actions: 'pop_vlan' }), 'OFPBAC_MATCH_INCONSISTENT'],
    ['for its table', flow(2, { table: 254 }), 'OFPBRC_EPERM'],
  ])('%s names it, and nothing changes', async (_, bad, reason) => {
    await session.commit([add(flow(9))]);
    const error = await failure(
      session.commit([add(flow(1)), { command: 'DELETE_STRICT', flow: flow(9) }, add(bad), add(flow(3))]),
    );
    expect(error).toMatchObject({ name: 'OpenflowError', code: 'refused', reason });
    expect(error).toMatchObject({ flow: expect.stringContaining(`table=${bad.table}`) });
    expect(sorted(await dumped())).toEqual(sorted([flow(9)]));
    expect(sorted(session.flows?.values())).toEqual(sorted([flow(9)]));
  });
});

describe('the flow monitor', () => {
  test('tells of what others do to flows of ours, and our own changes are only confirmed', async () => {
    await session.commit(many(3).map(add));
    await told('the confirmation', () => events.length > 0);
    expect(events.splice(0).map(({ kind }) => kind)).toEqual(['committed']);
    await on.ofctl('--strict', 'del-flows', 'br-tap', 'table=1,priority=100,reg0=1');
    await on.ofctl('--strict', 'mod-flows', 'br-tap', 'table=1,priority=100,reg0=2,actions=drop');
    await on.ofctl('add-flow', 'br-tap', 'cookie=5,table=1,priority=100,reg0=3,actions=drop');
    await on.ofctl('add-flow', 'br-tap', 'cookie=5,table=1,priority=7,actions=drop');
    await on.ofctl('add-flow', 'br-tap', line(flow(4)));
    await told('four events', () => events.length >= 4);
    expect(events).toEqual([
      { kind: 'removed', flow: flow(1) },
      { kind: 'modified', flow: flow(2, { actions: 'drop' }) },
      { kind: 'removed', flow: flow(3) },
      { kind: 'added', flow: flow(4) },
    ]);
    expect(sorted(session.flows?.values())).toEqual(sorted(await dumped()));
  });

  test('tells when all flows go at once, many more than fit in its queue', async () => {
    await session.commit(many(5000).map(add));
    await on.ofctl('del-flows', 'br-tap');
    await told('all to be gone', () => session.flows === undefined || session.flows.size === 0);
    expect((await session.refresh()).size).toBe(0);
    expect(session.flows?.size).toBe(0);
  });

  test('and what we do at the same time come out as one', async () => {
    for (let round = 0; round < 20; round += 1) {
      await Promise.all([
        session.commit(many(40).map(add)),
        on.ofctl('del-flows', 'br-tap', `table=1,reg0=${round + 1}`),
        session.commit([{ command: 'DELETE_STRICT', flow: flow(round + 3) }]),
        on.ofctl('add-flow', 'br-tap', `cookie=5,table=1,priority=100,reg0=${round + 2},actions=drop`),
        session.commit([{ command: 'MODIFY_STRICT', flow: flow(round + 4, { actions: 'drop' }) }]),
      ]);
    }
    const now = await dumped();
    expect(sorted(session.flows?.values())).toEqual(sorted(now));
    expect(events.filter(({ kind }) => kind === 'unknown')).toEqual([]);
  });
});

describe('the session comes back by itself', () => {
  test('when vswitchd was restarted: its flows are unknown meanwhile, and read again', async () => {
    await session.commit([add(flow(1))]);
    await on.killVswitchd();
    await told('the loss', () => session.flows === undefined);
    expect(await failure(session.commit([add(flow(2))]))).toMatchObject({ code: 'unreachable' });
    await on.startVswitchd();
    expect((await session.refresh()).size).toBe(0);
    await session.commit([add(flow(2))]);
    expect(sorted(session.flows?.values())).toEqual(sorted([flow(2)]));
  });

  test('when the bridge was deleted and made again', async () => {
    await session.commit([add(flow(1))]);
    await on.vsctl('del-br', 'br-tap');
    await told('the loss', () => session.state !== 'ready' && session.flows === undefined);
    await on.addBridge('br-tap', { flows: [] });
    await session.commit([add(flow(2))]);
    expect(sorted((await session.refresh()).values())).toEqual(sorted([flow(2)]));
  });
});

test('a bridge that does not allow OpenFlow 1.4 is refused, with what is to be done', async () => {
  await on.vsctl('set', 'Bridge', 'br-tap', 'protocols=OpenFlow10,OpenFlow13');
  await told('the loss', () => session.state !== 'ready');
  expect(await failure(session.refresh())).toMatchObject({
    code: 'protocol',
    message: 'the switch speaks OpenFlow 1.0, 1.3 here: add OpenFlow14 to the protocols of its bridge',
  });
  await on.vsctl('set', 'Bridge', 'br-tap', 'protocols=OpenFlow10,OpenFlow14');
  await told('the session', () => session.state === 'ready');
});
