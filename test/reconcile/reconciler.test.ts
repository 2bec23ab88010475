import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Pass } from '../../src/reconcile/pass.ts';
import { Reconciler } from '../../src/reconcile/reconciler.ts';
import { StateKeeper } from '../../src/reconcile/state-keeper.ts';
import { SwitchError } from '../../src/reconcile/switch-error.ts';
import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import { access, hostFacts, usualTunnels, vmPort } from '../compile/builders.ts';
import type { Model } from '../plan/model.ts';
import {
  createFlow,
  createService,
  deleteFlow,
  deleteService,
  HOST,
  stateAfter,
  tapFlow,
  tapService,
} from '../tap/builders.ts';
import { MemoryStore, MemorySwitch, Story } from './fakes.ts';

const GRACE = 30_000;
const service = tapService(1);
const flow = tapFlow(1);
const sensor = vmPort(901, access(3));
const source = vmPort(1, access(1));

let store: MemoryStore;
let on: MemorySwitch;
let story: Story;
let keeper: StateKeeper;
let pass: Pass;
let reconciler: Reconciler;

function prepare(initial: DesiredState = emptyState, ports = [sensor, source]): void {
  store = new MemoryStore();
  on = new MemorySwitch(hostFacts(ports));
  story = new Story();
  keeper = new StateKeeper(store, initial, { onUndone: () => reconciler.wake() });
  const names = { integration: 'br-int', tap: 'br-tap', tunnel: null };
  pass = new Pass(on, {
    host: HOST,
    tunnel: usualTunnels,
    limits: { maxIn: 14, maxOut: 14 },
    names,
    onStep: () => undefined,
  });
  reconciler = new Reconciler({
    host: HOST,
    keeper,
    pass,
    graceMilliseconds: GRACE,
    onArrived: () => undefined,
    trace: story.tell,
  });
  on.onChange(() => reconciler.wake());
}

/** Lets the loop do all that it can do now. */
const now = () => vi.advanceTimersByTimeAsync(0);
const later = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

async function begin(initial?: DesiredState, ports?: Parameters<typeof prepare>[1]): Promise<void> {
  prepare(initial, ports);
  reconciler.start();
  await now();
}

const outcome = (work: Promise<void>) =>
  work.then(
    () => 'taken',
    (error: unknown) => error,
  );
const reports = () => keeper.state.reports.map(({ kind, status }) => `${kind} ${status}`);
const withPorts = ({ facts, flows }: Model, ports: Parameters<typeof prepare>[1] = []): Model => {
  const { integration } = facts;
  if (!integration) throw new Error('no br-int');
  const kept = integration.ports.filter(({ owned }) => owned);
  return { facts: { ...facts, integration: { ...integration, ports: [...kept, ...ports] } }, flows };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  await reconciler.stop();
  vi.useRealTimers();
});

describe('events', () => {
  test('are taken when they are on disk, and make the switch agree', async () => {
    await begin();
    const taken = Promise.all([reconciler.take(createService(service)), reconciler.take(createFlow(flow))]);
    await now();
    await taken;
    expect([...store.saved.tapFlows.keys()]).toEqual([flow.id]);
    expect(on.model.facts.integration?.mirrors.map(({ name }) => name)).toEqual(['taas-in-0', 'taas-out-0']);
    expect(reports()).toEqual(['tap_service ACTIVE', 'tap_flow ACTIVE']);
  });

  test('are reported before that is on disk; a disk that refuses it makes the loop find it again', async () => {
    await begin();
    await reconciler.take(createService(service));
    store.faults.fail(new Error('no space left'), 2);
    await now();
    expect(reports()).toEqual(['tap_service ACTIVE']);
    await later(100);
    expect(reports()).toEqual([]);
    expect(store.saved.reports).toEqual([]);
    await later(100);
    expect(reports()).toEqual(['tap_service ACTIVE']);
    expect(store.saved).toBe(keeper.state);
  });

  test('that the disk refuses are refused, and leave no trace; sent again they are taken', async () => {
    await begin();
    const full = new Error('no space left');
    store.faults.fail(full);
    const both = Promise.all(
      [createService(service), createFlow(flow)].map((event) => outcome(reconciler.take(event))),
    );
    await now();
    expect(await both).toEqual([full, full]);
    expect(keeper.state).toBe(emptyState);
    expect(story.of('events-refused')).toEqual([{ kind: 'events-refused', count: 2, error: full }]);
    expect(on.model.flows.filter(({ actions }) => actions !== 'drop')).toEqual([]);
    const again = outcome(reconciler.take(createService(service)));
    await now();
    expect(await again).toBe('taken');
    expect(reports()).toEqual(['tap_service ACTIVE']);
  });

  test('that come during a pass are taken together by the next', async () => {
    await begin();
    const { promise, resolve } = Promise.withResolvers<void>();
    on.gate = promise;
    const first = reconciler.take(createService(service));
    await now();
    await first;
    const saves = store.saves;
    const rest = [createFlow(flow), createFlow(tapFlow(2)), deleteFlow(tapFlow(2).id)].map((event) =>
      reconciler.take(event),
    );
    await later(1000);
    expect(store.saves).toBe(saves);
    resolve();
    await now();
    await Promise.all(rest);
    expect(story.of('events-taken').map(({ events }) => events.length)).toEqual([1, 3]);
    expect(reports()).toEqual(['tap_service ACTIVE', 'tap_flow INACTIVE', 'tap_flow ACTIVE']);
  });

  test('of deletes are answered only when the switch has confirmed that nothing is left', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)));
    on.faults.fail(new SwitchError('unreachable', 'away'), 3);
    const gone = Promise.all([deleteFlow(flow.id), deleteService(service.id)].map((event) => reconciler.take(event)));
    await now();
    await gone;
    expect(keeper.state.tapFlows.size).toBe(0);
    expect(reports()).not.toContain('tap_flow INACTIVE');
    await later(1000);
    expect(reports().slice(-2)).toEqual(['tap_flow INACTIVE', 'tap_service INACTIVE']);
    expect(on.model.facts.integration?.mirrors).toEqual([]);
    expect(on.model.flows.filter(({ actions }) => actions !== 'drop')).toEqual([]);
  });

  test('that wait when it stops are refused: they stay with the broker', async () => {
    await begin();
    const { promise, resolve } = Promise.withResolvers<void>();
    on.gate = promise;
    const first = reconciler.take(createService(service));
    await now();
    await first;
    const late = outcome(reconciler.take(createFlow(flow)));
    const stopped = reconciler.stop();
    resolve();
    await now();
    await stopped;
    expect(await late).toEqual(new Error('the agent is stopping'));
    expect(keeper.state.tapFlows.size).toBe(0);
  });
});

describe('a failing switch', () => {
  test.each(['unreachable', 'refused'] as const)('that is %s is tried again, ever more slowly', async (code) => {
    prepare(stateAfter(createService(service), createFlow(flow)));
    on.faults.fail(new SwitchError(code, 'no'), 4);
    reconciler.start();
    await later(100 + 200 + 400);
    expect(story.of('pass-failed').map(({ retryMilliseconds }) => retryMilliseconds)).toEqual([100, 200, 400, 800]);
    expect(reports()).toEqual([]);
    await later(800);
    expect(reports()).toEqual(['tap_service ACTIVE', 'tap_flow ACTIVE']);
  });

  test('that is back is tried at once, and with short pauses again should it fail', async () => {
    prepare(stateAfter(createService(service), createFlow(flow)));
    on.faults.fail(new SwitchError('unreachable', 'away'), 6);
    reconciler.start();
    await later(100 + 200 + 400 + 800);
    reconciler.retryNow();
    await now();
    expect(story.of('pass-failed').at(-1)?.retryMilliseconds).toBe(100);
    await later(100);
    expect(reports()).toEqual(['tap_service ACTIVE', 'tap_flow ACTIVE']);
  });

  test('never leaves the loop on its own: an error that is no SwitchError is told and survived', async () => {
    prepare(stateAfter(createService(service)));
    const bug = new TypeError('bug');
    on.faults.fail(bug);
    reconciler.start();
    await now();
    expect(story.of('pass-failed').map(({ error }) => error)).toEqual([bug]);
    await later(100);
    expect(reports()).toEqual(['tap_service ACTIVE']);
  });

  test('whose flows cannot be read is read again', async () => {
    prepare(stateAfter(createService(service)));
    on.readFaults.fail(new SwitchError('unreachable', 'no socket'), 2);
    reconciler.start();
    await later(300);
    expect(reports()).toEqual(['tap_service ACTIVE']);
  });

  test('half of a change done: the next pass sees what is there, not what it meant', async () => {
    prepare(stateAfter(createService(service), createFlow(flow)));
    reconciler.start();
    await now();
    // Nobody tells of wiped flows; a failed pass is reason enough to look.
    on.model = { ...on.model, flows: [] };
    on.faults.fail(new SwitchError('unreachable', 'away'));
    const gone = reconciler.take(deleteFlow(flow.id));
    await now();
    await gone;
    await later(100);
    expect(on.model.flows.some(({ match }) => match.startsWith('reg1='))).toBe(true);
  });
});

describe('repairs', () => {
  test('a change that the database tells of is repaired at once', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)));
    on.change(({ facts, flows }) => {
      const { integration } = facts;
      return { facts: { ...facts, integration: integration && { ...integration, mirrors: [] } }, flows };
    });
    await now();
    expect(on.model.facts.integration?.mirrors).toHaveLength(2);
  });

  const cookies = () => on.model.flows.map(({ cookie }) => cookie).sort();

  test('a change of flows that the switch tells of is repaired at once, without reading all of them', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)));
    const [whole, { reads }] = [cookies(), on];
    on.changeFlows(([, ...rest]) => rest);
    await now();
    expect(cookies()).toEqual(whole);
    expect(on.reads).toBe(reads);
  });

  test.each([
    ['three minutes when the switch tells of changes', true, 180_000],
    ['second when it does not', false, 1_000],
  ] as const)('flows are compared in full every %s, and not before', async (_, flowsWatched, interval) => {
    prepare(stateAfter(createService(service), createFlow(flow)));
    on.flowsWatched = flowsWatched;
    reconciler.start();
    await now();
    const [whole, { reads }] = [cookies(), on];
    on.model = { ...on.model, flows: [] };
    await later(interval - 1);
    expect(on.reads).toBe(reads);
    await later(5_001);
    expect(on.reads).toBeGreaterThan(reads);
    expect(cookies()).toEqual(whole);
  });

  test('a status is not reported before the flows were read again, where the switch tells of no changes', async () => {
    prepare();
    on.flowsWatched = false;
    reconciler.start();
    await now();
    const { reads } = on;
    const taken = reconciler.take(createService(service));
    await now();
    await taken;
    expect(reports()).toEqual(['tap_service ACTIVE']);
    expect(on.reads).toBe(reads + 1);
  });

  const deleteFlows = () => on.changeFlows(() => []);

  test('of what was confirmed are named, what follows from events is not', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)));
    const second = reconciler.take(createFlow(tapFlow(2)));
    await now();
    await second;
    expect(story.of('repaired')).toEqual([]);
    on.changeFlows((flows) => flows.filter(({ match }) => !match.startsWith('reg1=')));
    await now();
    expect(story.of('repaired')).toEqual([
      { kind: 'repaired', names: ['flow on the tap bridge: table=2,priority=100,reg1=0xbb9'] },
    ]);
  });

  test('again and again are a fight: it is named once, slowed down, and over when it rests', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)));
    for (let times = 0; times < 100; times += 1) {
      deleteFlows();
      await later(50);
    }
    const repairs = story.of('repaired').length;
    // 100 would be one for each deletion.
    expect([repairs > 10, repairs < 30]).toEqual([true, true]);
    expect(story.of('fight').length).toBe(1);
    expect(story.of('fight')[0]?.over).toContain('flow on the tap bridge: table=2,priority=100,reg1=0xbb9');
    await later(5_000);
    expect(cookies().length).toBeGreaterThan(0);
    expect(story.of('fight-over')).toEqual([]);
    await later(65_000);
    expect(story.of('fight-over').length).toBe(1);
  });

  test('that wait for a fight to slow down do not keep an event waiting', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)));
    for (let times = 0; times < 30; times += 1) {
      deleteFlows();
      await later(50);
    }
    deleteFlows();
    await now();
    expect(on.model.flows).toEqual([]);
    const second = reconciler.take(createFlow(tapFlow(2)));
    await now();
    await second;
    expect(reports().at(-1)).toBe('tap_flow ACTIVE');
    expect(on.model.flows).not.toEqual([]);
  });

  test('an idle loop changes nothing', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)));
    const { applied } = on;
    const done = applied.length;
    await later(60_000);
    expect(applied).toHaveLength(done);
    expect(reconciler.sinceProgress()).toBeLessThanOrEqual(5_000);
  });
});

describe('the grace time', () => {
  test('runs out: ERROR with the reason, and forgotten', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)), [sensor]);
    expect(reports()).toEqual(['tap_service ACTIVE']);
    await later(GRACE - 1);
    expect(reports()).toEqual(['tap_service ACTIVE']);
    await later(10);
    expect(reports()).toEqual(['tap_service ACTIVE', 'tap_flow ERROR']);
    expect(keeper.state.tapFlows.size).toBe(0);
    const [gaveUp] = story.of('gave-up');
    expect(gaveUp?.failure).toMatchObject({ id: flow.id, reason: expect.stringContaining('is not plugged') });
    on.change((model) => withPorts(model, [sensor, source]));
    await now();
    expect(on.model.facts.integration?.mirrors).toEqual([]);
  });

  test('ends when the port comes, at the last moment', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)), [sensor]);
    await later(GRACE - 1);
    on.change((model) => withPorts(model, [sensor, source]));
    await now();
    expect(reports()).toEqual(['tap_service ACTIVE', 'tap_flow ACTIVE']);
  });

  test('does not run while the switch is away', async () => {
    prepare(stateAfter(createService(service), createFlow(flow)), [sensor]);
    on.isThere = false;
    reconciler.start();
    await later(10 * GRACE);
    expect(reports()).toEqual([]);
    on.isThere = true;
    on.tell();
    await later(GRACE - 1);
    expect(reports()).toEqual(['tap_service ACTIVE']);
    await later(10);
    expect(reports()).toEqual(['tap_service ACTIVE', 'tap_flow ERROR']);
  });

  test('begins anew when the switch was away meanwhile', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)), [sensor]);
    await later(GRACE - 1);
    on.isThere = false;
    on.tell();
    await now();
    on.isThere = true;
    on.tell();
    await later(GRACE - 1);
    expect(reports()).not.toContain('tap_flow ERROR');
  });

  test('does not run while the switch cannot be talked to', async () => {
    prepare(stateAfter(createService(service)));
    on.faults.fail(new SwitchError('unreachable', 'away'), 100);
    reconciler.start();
    await later(2 * GRACE);
    expect(reports()).toEqual([]);
  });

  test('begins anew when the switch could not be talked to meanwhile', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)), [sensor]);
    await later(GRACE - 1);
    on.readFaults.fail(new SwitchError('unreachable', 'away'), 10);
    pass.forgetFlows();
    const taken = reconciler.take(createService(service));
    await later(10_000);
    await taken;
    expect(story.of('pass-failed').length).toBeGreaterThan(0);
    expect(reports()).not.toContain('tap_flow ERROR');
  });

  test('runs while the switch refuses, and while something is in the way', async () => {
    prepare(stateAfter(createService(service)));
    on.faults.fail(new SwitchError('refused', 'no such thing'), 1000);
    reconciler.start();
    await later(GRACE + 5_000);
    expect(reports()).toEqual(['tap_service ERROR']);
    expect(story.of('gave-up')[0]?.failure.reason).toBe('the switch refused it: no such thing');
  });

  test('a state that cannot be saved when it runs out is tried again', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)), [sensor]);
    await keeper.flush();
    store.faults.fail(new Error('no space left'));
    await later(GRACE + 10);
    expect(story.of('gave-up')).toEqual([]);
    await later(200);
    expect(reports()).toEqual(['tap_service ACTIVE', 'tap_flow ERROR']);
  });

  test('is over for a tap that was ACTIVE once: its port may be away as long as it likes', async () => {
    await begin(stateAfter(createService(service), createFlow(flow)));
    on.change((model) => withPorts(model, [sensor]));
    await later(10 * GRACE);
    expect(keeper.state.tapFlows.size).toBe(1);
    on.change((model) => withPorts(model, [sensor, source]));
    await now();
    expect(on.model.facts.integration?.mirrors).toHaveLength(2);
    expect(reports()).toEqual(['tap_service ACTIVE', 'tap_flow ACTIVE']);
  });
});

test('a stop ends an idle loop at once', async () => {
  await begin();
  await reconciler.stop();
});

test('a stop during a pass ends it after that pass', async () => {
  await begin();
  const { promise, resolve } = Promise.withResolvers<void>();
  on.gate = promise;
  const taken = reconciler.take(createService(service));
  await now();
  await taken;
  const stopped = reconciler.stop();
  resolve();
  await stopped;
  expect(reports()).toEqual(['tap_service ACTIVE']);
});
